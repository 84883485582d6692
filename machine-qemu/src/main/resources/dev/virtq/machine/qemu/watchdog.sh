# Runs QEMU and stays beside it: when the pipe from the JVM on standard input closes, whatever the
# reason, QEMU is ended and the folder removed.
#
# usage: sh -c "$(cat watchdog.sh)" watchdog FOLDER QEMU ARGUMENT...
# Prints QEMU's process id, and exits with its status.

folder=$1
shift

# Ctrl-C at the terminal is for the JVM.
trap '' INT QUIT HUP

exec 3<&0
"$@" </dev/null >&2 3<&- &
qemu=$!
trap 'kill -KILL "$qemu"' TERM
# From here on the JVM may be dead, and nobody reads what is written here: neither an id nor the
# shell's own word about a child that was killed may end this.
trap '' PIPE
echo "$qemu"
exec >&- 2>/dev/null

(
    trap '' TERM
    while read -r ignored; do :; done <&3
    kill -TERM "$qemu"
    for tenth in 1 2 3 4 5; do
        sleep 0.1
        kill -0 "$qemu" || exit 0
    done
    kill -KILL "$qemu"
) &
watch=$!
exec 3<&-

wait "$qemu"
status=$?
# A signal to this shell ends the wait, and not QEMU.
while kill -0 "$qemu"; do
    wait "$qemu"
    status=$?
done
kill -KILL "$watch"
rm -rf -- "$folder"
exit "$status"
