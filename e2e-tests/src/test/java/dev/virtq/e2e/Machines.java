package dev.virtq.e2e;

import dev.virtq.machine.MachineProvider;
import dev.virtq.testing.Prerequisite;
import java.util.Optional;
import java.util.ServiceLoader;

/**
 * The machines that this computer can start. A test of one that it cannot start is skipped, with
 * why.
 */
final class Machines {
    private Machines() {}

    /**
     * Skips the test, or fails it where it is required, when the machine cannot be started here.
     */
    static MachineProvider require(String kind) {
        MachineProvider provider =
                ServiceLoader.load(MachineProvider.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .filter(candidate -> candidate.name().equals(kind))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("no provider is called " + kind));
        Optional<String> missing = provider.whatIsMissing();
        switch (kind) {
            case "qemu" -> Prerequisite.CONTAINER.check(missing.isEmpty(), missing.orElse(""));
            case "qemu-local" -> Prerequisite.QEMU.check(missing.isEmpty(), missing.orElse(""));
            default -> {
                if (missing.isPresent()) {
                    throw new AssertionError(kind + " must start everywhere: " + missing.get());
                }
            }
        }
        return provider;
    }
}
