package dev.virtq.machine.qemu;

import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import java.util.Optional;

/** Starts a {@link QemuMachine} as a process of this computer: {@code qemu-local}. */
public final class LocalQemuProvider implements MachineProvider {
    static final String NAME = "qemu-local";

    /**
     * Behind a container, which needs nothing but an engine; before sim, which is no real device.
     */
    private static final int RANK = 20;

    /** For {@link java.util.ServiceLoader}. */
    public LocalQemuProvider() {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String description() {
        return "QEMU as a process of this computer";
    }

    @Override
    public int rank() {
        return RANK;
    }

    @Override
    public Optional<String> whatIsMissing() {
        try {
            QemuProcess.find(QemuCommandLine.DEFAULT.binary());
            return Optional.empty();
        } catch (QemuException missing) {
            return Optional.ofNullable(missing.getMessage());
        }
    }

    @Override
    public Machine start(MachineOptions options) {
        if (options.image().isPresent()) {
            throw new IllegalArgumentException(
                    "%s runs no container: image '%s' is for the machine 'qemu'"
                            .formatted(NAME, options.image().get()));
        }
        QemuMachine machine =
                QemuMachine.start(QemuCommandLine.of(options), QemuProcess.launcher());
        return options.interrupts().map(machine::interruptBy).orElse(machine);
    }
}
