import org.jspecify.annotations.NullMarked;

/**
 * A QEMU machine whose CPU only halts: its devices run, its RAM is shared memory, and its registers
 * are reached over a socket.
 */
@NullMarked
module dev.virtq.machine.qemu {
    requires static transitive org.jspecify;
    requires transitive dev.virtq.api;
    requires transitive dev.virtq.transport.mmio;
    requires transitive dev.virtq.transport.pci;
    requires transitive tools.jackson.databind;

    exports dev.virtq.machine.qemu;

    provides dev.virtq.machine.MachineProvider with
            dev.virtq.machine.qemu.LocalQemuProvider;
}
