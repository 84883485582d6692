# Runs QEMU in a container and stays beside it: when standard input ends, since the JVM at its other
# end closed it or was killed, QEMU is ended, and with it the container.
#
# usage: sh -c "$(cat watchdog.sh)" watchdog FOLDER QEMU ARGUMENT...
# Says on standard output how QEMU ended; what QEMU says is all on standard error.

folder=$1
shift

if [ ! -w "$folder" ]; then
    echo "$folder of this computer is not there or not writable in the container" >&2
    exit 125
fi

exec 3<&0
"$@" </dev/null >&2 3<&- &
qemu=$!
# The first process of a container gets only the signals that it asks for.
trap 'kill -TERM "$qemu"' TERM INT

(
    while read -r ignored; do :; done <&3
    kill -TERM "$qemu"
    for tenth in 1 2 3 4 5; do
        sleep 0.1
        kill -0 "$qemu" || exit 0
    done
    kill -KILL "$qemu"
) 2>/dev/null &
exec 3<&-

wait "$qemu"
status=$?
# A signal to this shell ends the wait, and not QEMU.
while kill -0 "$qemu" 2>/dev/null; do
    wait "$qemu"
    status=$?
done
# What a JVM that was killed could not remove. The folder itself is a mount point in here.
rm -rf -- "$folder"/* 2>/dev/null
echo "$status"
exit "$status"
