import org.jspecify.annotations.NullMarked;

/** A virtio machine that lives in this process: its devices, and the network behind them. */
@NullMarked
@SuppressWarnings("module") // the CLI is built later, and does not exist yet here
module dev.virtq.machine.sim {
    requires static transitive org.jspecify;
    requires transitive dev.virtq.api;
    requires dev.virtq.packed; // hostile devices write into rings by their layouts
    requires dev.virtq.split;
    requires dev.virtq.transport.vhostuser;

    exports dev.virtq.machine.sim;
    exports dev.virtq.machine.sim.hostile;
    exports dev.virtq.machine.sim.vhostuser;

    // The CLI's tests talk to this network without a device between.
    exports dev.virtq.machine.sim.network to
            dev.virtq.cli;

    uses dev.virtq.queue.ring.RingFormat;

    provides dev.virtq.machine.MachineProvider with
            dev.virtq.machine.sim.SimProvider;
}
