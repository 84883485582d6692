package dev.virtq.machine.sim;

import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import java.util.Optional;

/** Starts {@link SimMachine}s: what there always is, when nothing better can be had. */
public final class SimProvider implements MachineProvider {
    static final String NAME = "sim";

    /** Behind everything with a real device in it. */
    private static final int LAST = 1000;

    /** Makes the provider; it has no state. */
    public SimProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "a simulated network device in this process";
    }

    @Override
    public int rank() {
        return LAST;
    }

    @Override
    public Optional<String> whatIsMissing() {
        return Optional.empty();
    }

    @Override
    public Machine start(MachineOptions options) {
        refuse("QEMU arguments", !options.qemuArguments().isEmpty());
        refuse("a QEMU binary", options.qemuBinary().isPresent());
        refuse("a container image", options.image().isPresent());
        SimMachineBuilder builder = SimMachine.builder().memory(options.memoryBytes());
        options.queueSize().ifPresent(builder::queueSize);
        return builder.userNetwork(options.tftp().orElse(null), options.bootFile().orElse(null))
                .start();
    }

    private static void refuse(String what, boolean given) {
        if (given) {
            throw new IllegalArgumentException(
                    "the machine "
                            + NAME
                            + " has no use for "
                            + what
                            + "; choose another, or leave it out");
        }
    }
}
