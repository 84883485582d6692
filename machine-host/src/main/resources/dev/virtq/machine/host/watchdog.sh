# Has a device's memory open, and stays beside the JVM that drives the device: when the pipe from the
# JVM on standard input closes without a word before, the device is taken off the bus and reset, and only
# then the memory let go of. What is killed together with the JVM cannot do that.
#
# usage: sh -c "$(cat watchdog.sh)" virtq-watchdog MEMORY CONFIG COMMAND [WINDOW BAR OFFSET]
# MEMORY and CONFIG are files; COMMAND is two bytes for the command register, as printf(1) writes them. WINDOW
# is where the capability is through which BARs are reached (virtio 1.4, section 4.1.4.9), BAR and OFFSET
# are one byte and four that say where the device status is, written so, too.

# What ends the JVM at a terminal, or with all other processes, is for the JVM.
trap '' HUP INT QUIT TERM PIPE

exec 3<"$1" || exit
echo ready
exec >/dev/null 2>&1

word=
read -r word
[ "$word" = done ] && exit

config=$2

# register WIDTH OFFSET BYTES: one access to the configuration space.
register() {
    # shellcheck disable=SC2059 # it is a format
    printf "$3" | dd of="$config" bs="$1" seek=$(($2 / $1)) conv=notrunc
}

register 2 4 "$3"
# Reading waits for what the device had on its way to memory.
dd if="$config" of=/dev/null bs=2 skip=2 count=1

# The memory is safe by now. This is for whoever puts the device on the bus again, and its queues with it.
[ -n "$4" ] || exit
register 1 $(($4 + 4)) "$5"
register 4 $(($4 + 8)) "$6"
register 4 $(($4 + 12)) '\001\000\000\000'
register 1 $(($4 + 16)) '\000'
dd if="$config" of=/dev/null bs=1 skip=$(($4 + 16)) count=1
