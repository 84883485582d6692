# Runs virtiofsd, and becomes QEMU once it listens. Each ends when the other does: QEMU connects to its
# server once, and tells nobody when that is gone and the device answers no more.
#
# usage: sh -c "$(cat with-share.sh)" with-share SOCKET FOLDER QEMU ARGUMENT...

socket=$1
share=$2
shift 2

daemon=
for candidate in /usr/libexec/virtiofsd /usr/lib/virtiofsd /usr/lib/qemu/virtiofsd; do
    if [ -x "$candidate" ]; then daemon=$candidate; break; fi
done
if [ -z "$daemon" ]; then
    echo "no virtiofsd, which serves a shared folder: install it (Debian: apt-get install virtiofsd, or qemu-system-common up to Debian 12)" >&2
    exit 127
fi

in_rust=
if "$daemon" --help 2>&1 | grep -q -e --shared-dir; then in_rust=yes; fi
if [ -z "$in_rust" ] && [ "$(id -u)" != 0 ]; then
    echo "$daemon is the one of QEMU up to 7.2, which serves a folder for root only (expected: a machine in a container, which has another, or root)" >&2
    exit 126
fi

# The process that this shell is, and becomes.
qemu=$$

serve() {
    if [ -n "$in_rust" ]; then
        left=$socket.pid
        # A sandbox takes rights that not everybody has; the folder's own rights hold in any case.
        "$daemon" --socket-path="$socket" --shared-dir="$share" --sandbox=none --xattr --log-level=error &
    else
        # It keeps its lock where it likes.
        left=/var/run/virtiofsd/$(printf '%s' "$socket" | tr / .).pid
        "$daemon" --socket-path="$socket" -o "source=$share" -o sandbox=chroot -o xattr -o posix_lock -o log_level=err &
    fi
    server=$!
    (
        while kill -0 "$qemu"; do sleep 0.2; done
        kill -KILL "$server"
    ) >/dev/null 2>&1 &
    watch=$!
    wait "$server" 2>/dev/null
    status=$?
    kill -KILL "$watch" 2>/dev/null
    rm -f -- "$left"
    # A QEMU that ends lets go of its server before it is gone itself.
    for tenth in 1 2 3; do
        sleep 0.1
        kill -0 "$qemu" 2>/dev/null || return
    done
    echo "virtiofsd has ended with status $status, and nobody serves $share any more" >&2
    kill -KILL "$qemu"
}

(
    trap '' INT QUIT HUP
    serve
) </dev/null >/dev/null &

waited=0
while [ ! -S "$socket" ]; do
    waited=$((waited + 1))
    if [ "$waited" -gt 500 ]; then
        echo "$daemon did not listen within 10 s" >&2
        exit 1
    fi
    sleep 0.02
done

# QEMU may be another user than this. Nobody else may enter the folder.
chmod go+w "$socket"
exec "$@"
