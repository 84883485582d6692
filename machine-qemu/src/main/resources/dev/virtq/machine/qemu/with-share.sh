# Runs virtiofsd, and becomes QEMU once it listens. It ends when QEMU does.
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

left=$socket.pid
if "$daemon" --help 2>&1 | grep -q -e --shared-dir; then
    # A sandbox takes rights that not everybody has; the folder's own rights hold in any case.
    "$daemon" --socket-path="$socket" --shared-dir="$share" --sandbox=none --xattr --log-level=error &
else
    # The one of QEMU itself, until 7.2. It keeps its lock where it likes.
    left=/var/run/virtiofsd/$(printf '%s' "$socket" | tr / .).pid
    "$daemon" --socket-path="$socket" -o "source=$share" -o sandbox=chroot -o xattr -o log_level=err &
fi
server=$!

waited=0
while [ ! -S "$socket" ]; do
    if ! kill -0 "$server" 2>/dev/null; then
        echo "$daemon ended before it served $share" >&2
        exit 1
    fi
    waited=$((waited + 1))
    if [ "$waited" -gt 500 ]; then
        kill -KILL "$server"
        echo "$daemon did not listen within 10 s" >&2
        exit 1
    fi
    sleep 0.02
done

# Whoever this shell becomes does not know of it: when it ends, so does its server.
qemu=$$
(
    trap '' INT QUIT HUP
    while kill -0 "$qemu" && kill -0 "$server"; do sleep 0.2; done
    kill -KILL "$server"
    rm -f -- "$left"
) </dev/null >/dev/null 2>&1 &

exec "$@"
