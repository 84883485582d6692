package dev.virtq.cli;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import dev.virtq.machine.sim.SimMachine;
import java.util.Optional;

/** A simulated machine whose device does nothing, since nobody steps it. */
final class SteppedSim implements MachineProvider {
    @Override
    public String name() {
        return "stepped";
    }

    @Override
    public String description() {
        return "a device that stands still";
    }

    @Override
    public int rank() {
        return 1;
    }

    @Override
    public Optional<String> whatIsMissing() {
        return Optional.empty();
    }

    @Override
    public Machine start(MachineOptions options) {
        // As the provider of sim does: what is not asked for is not offered.
        FeatureSet unasked = FeatureSet.of(CommonFeature.RING_PACKED, CommonFeature.IN_ORDER);
        return SimMachine.builder().withholding(unasked.minus(options.offered())).stepped().start();
    }
}
