# Has a device's memory open, and stays beside the JVM that drives the device: when the pipe from the
# JVM on standard input closes without a word before, the device is taken off the bus, and only then the
# memory let go of. What is killed together with the JVM cannot do that.
#
# usage: sh -c "$(cat watchdog.sh)" virtq-watchdog MEMORY CONFIG COMMAND
# MEMORY and CONFIG are files; COMMAND is two bytes for the command register, as printf(1) writes them.

# What ends the JVM at a terminal, or with all other processes, is for the JVM.
trap '' HUP INT QUIT TERM PIPE

exec 3<"$1" || exit
echo ready
exec >/dev/null 2>&1

word=
read -r word
[ "$word" = done ] && exit

# shellcheck disable=SC2059 # it is a format
printf "$3" | dd of="$2" bs=2 seek=2 conv=notrunc
# Reading waits for what the device had on its way to memory.
dd if="$2" of=/dev/null bs=2 skip=2 count=1
