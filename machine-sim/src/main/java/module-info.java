import org.jspecify.annotations.NullMarked;

/** A virtio machine that lives in this process: its devices, and the network behind them. */
@NullMarked
@SuppressWarnings("module") // the CLI is built later, and does not exist yet here
module dev.virtq.machine.sim {
    requires static transitive org.jspecify;

    // The CLI's tests talk to this network without a device between.
    exports dev.virtq.machine.sim.network to
            dev.virtq.cli;
}
