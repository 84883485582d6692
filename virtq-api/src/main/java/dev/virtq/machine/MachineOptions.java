package dev.virtq.machine;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a machine shall be like. A provider refuses what it cannot give.
 *
 * @param memoryBytes how much RAM
 * @param queueSize the largest queue that its devices offer; a device that can offer no queue so
 *     small offers its smallest. Empty leaves it to the device
 * @param tftp the folder that its network serves over TFTP
 * @param bootFile the boot file that its network names over DHCP
 * @param qemuArguments arguments for QEMU, as they are
 * @param qemuBinary the QEMU to start, when it is a local process
 * @param image the container image, when it is in a container
 */
public record MachineOptions(
        long memoryBytes,
        Optional<Integer> queueSize,
        Optional<Path> tftp,
        Optional<String> bootFile,
        List<String> qemuArguments,
        Optional<String> qemuBinary,
        Optional<String> image) {
    /** 64 MiB, and the provider's defaults for the rest. */
    public static final MachineOptions DEFAULT =
            new MachineOptions(
                    64L << 20,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Optional.empty(),
                    Optional.empty());

    /** Refuses memory that no machine starts with. */
    public MachineOptions {
        if (memoryBytes < 8L << 20) {
            throw new IllegalArgumentException(
                    "memory of %d bytes (expected: at least 8 MiB)".formatted(memoryBytes));
        }
        qemuArguments = List.copyOf(qemuArguments);
    }
}
