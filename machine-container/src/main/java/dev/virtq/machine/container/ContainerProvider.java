package dev.virtq.machine.container;

import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import dev.virtq.machine.qemu.QemuCommandLine;
import dev.virtq.machine.qemu.QemuMachine;
import java.util.Optional;

/**
 * Starts a {@link dev.virtq.machine.qemu.QemuMachine} in a {@link QemuContainer}: {@code qemu}.
 *
 * <p>While it builds or pulls an image it says so in one line on the standard error.
 */
public final class ContainerProvider implements MachineProvider {
    static final String NAME = "qemu";

    /** Before a local QEMU: it brings its own QEMU and confines it. */
    private static final int RANK = 10;

    /** For {@link java.util.ServiceLoader}. */
    public ContainerProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "QEMU in a container";
    }

    @Override
    public int rank() {
        return RANK;
    }

    @Override
    public Optional<String> whatIsMissing() {
        return DockerEngine.ofThisComputer().whatIsMissing();
    }

    @Override
    public Machine start(MachineOptions options) {
        if (options.qemuBinary().isPresent()) {
            throw new IllegalArgumentException(
                    "%s runs the QEMU of its image: the binary '%s' is for the machine 'qemu-local'"
                            .formatted(NAME, options.qemuBinary().get()));
        }
        QemuContainer container =
                options.image().map(QemuContainer::new).orElseGet(QemuContainer::new);
        try (ProgressLine progress = ProgressLine.onStandardError()) {
            container.withCommandLine(QemuCommandLine.of(options)).withProgress(progress).start();
        }
        QemuMachine machine = container.machine();
        return options.interrupts().map(machine::interruptBy).orElse(machine);
    }
}
