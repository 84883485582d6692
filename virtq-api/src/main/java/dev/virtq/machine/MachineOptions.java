package dev.virtq.machine;

import dev.virtq.device.FeatureSet;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a machine shall be like. A provider refuses what it cannot give.
 *
 * <pre>{@code
 * MachineOptions packed = MachineOptions.DEFAULT
 *         .withQueueSize(64)
 *         .offering(FeatureSet.of(CommonFeature.RING_PACKED));
 * }</pre>
 *
 * @param memoryBytes how much RAM
 * @param queueSize the largest queue that its devices offer; a device that can offer no queue so
 *     small offers its smallest. Empty leaves it to the device
 * @param offered features that its devices shall offer. The packed ring and the use of buffers in
 *     order are offered only when they are named here, whatever the machine
 * @param withheld features that its devices shall not offer, although they could
 * @param tftp the folder that its network serves over TFTP
 * @param bootFile the boot file that its network names over DHCP
 * @param machineType what kind of machine QEMU makes, in its words: {@code q35}, {@code microvm}
 * @param transport how its devices are reached: {@code pci} or {@code mmio}; what the kind of
 *     machine has, if not said
 * @param qemuArguments arguments for QEMU, as they are
 * @param qemuBinary the QEMU to start, when it is a local process
 * @param image the container image, when it is in a container
 * @param location where it is, when it is there already: what stands behind the colon in {@code
 *     vhost-user:SOCKET}
 */
public record MachineOptions(
        long memoryBytes,
        Optional<Integer> queueSize,
        FeatureSet offered,
        FeatureSet withheld,
        Optional<Path> tftp,
        Optional<String> bootFile,
        Optional<String> machineType,
        Optional<String> transport,
        List<String> qemuArguments,
        Optional<String> qemuBinary,
        Optional<String> image,
        Optional<String> location) {
    /** 64 MiB, and the provider's defaults for the rest. */
    public static final MachineOptions DEFAULT =
            new MachineOptions(
                    64L << 20,
                    Optional.empty(),
                    FeatureSet.EMPTY,
                    FeatureSet.EMPTY,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty());

    /** Refuses memory that no machine starts with, and features that are both wanted and not. */
    public MachineOptions {
        if (memoryBytes < 8L << 20) {
            throw new IllegalArgumentException(
                    "memory of %d bytes (expected: at least 8 MiB)".formatted(memoryBytes));
        }
        FeatureSet both = offered.intersection(withheld);
        if (!both.isEmpty()) {
            throw new IllegalArgumentException(
                    "the feature bits %s are both to be offered and to be withheld (expected: one of the two)"
                            .formatted(both));
        }
        qemuArguments = List.copyOf(qemuArguments);
    }

    /**
     * {@return these options with another size of RAM}
     *
     * @param bytes how much
     */
    public MachineOptions withMemory(long bytes) {
        return new MachineOptions(
                bytes,
                queueSize,
                offered,
                withheld,
                tftp,
                bootFile,
                machineType,
                transport,
                qemuArguments,
                qemuBinary,
                image,
                location);
    }

    /**
     * {@return these options with another size of queues}
     *
     * @param entries the largest queue that the devices offer
     */
    public MachineOptions withQueueSize(int entries) {
        return new MachineOptions(
                memoryBytes,
                Optional.of(entries),
                offered,
                withheld,
                tftp,
                bootFile,
                machineType,
                transport,
                qemuArguments,
                qemuBinary,
                image,
                location);
    }

    /**
     * {@return these options, with other features that the devices shall offer}
     *
     * @param features all that they shall offer beside what they offer anyway
     */
    public MachineOptions offering(FeatureSet features) {
        return new MachineOptions(
                memoryBytes,
                queueSize,
                features,
                withheld,
                tftp,
                bootFile,
                machineType,
                transport,
                qemuArguments,
                qemuBinary,
                image,
                location);
    }

    /**
     * {@return these options, with other features that the devices shall not offer}
     *
     * @param features all that they shall not offer, although they could
     */
    public MachineOptions withholding(FeatureSet features) {
        return new MachineOptions(
                memoryBytes,
                queueSize,
                offered,
                features,
                tftp,
                bootFile,
                machineType,
                transport,
                qemuArguments,
                qemuBinary,
                image,
                location);
    }

    /**
     * {@return these options with a folder that the network serves over TFTP}
     *
     * @param folder a folder of this computer
     */
    public MachineOptions withTftp(Path folder) {
        return new MachineOptions(
                memoryBytes,
                queueSize,
                offered,
                withheld,
                Optional.of(folder),
                bootFile,
                machineType,
                transport,
                qemuArguments,
                qemuBinary,
                image,
                location);
    }

    /**
     * {@return these options with a boot file that the network names over DHCP}
     *
     * @param file its name on the TFTP server
     */
    public MachineOptions withBootFile(String file) {
        return new MachineOptions(
                memoryBytes,
                queueSize,
                offered,
                withheld,
                tftp,
                Optional.of(file),
                machineType,
                transport,
                qemuArguments,
                qemuBinary,
                image,
                location);
    }

    /**
     * {@return these options with another kind of machine}
     *
     * @param type in QEMU's words
     */
    public MachineOptions withMachineType(String type) {
        return new MachineOptions(
                memoryBytes,
                queueSize,
                offered,
                withheld,
                tftp,
                bootFile,
                Optional.of(type),
                transport,
                qemuArguments,
                qemuBinary,
                image,
                location);
    }

    /**
     * {@return these options with another way to the devices}
     *
     * @param way {@code pci} or {@code mmio}
     */
    public MachineOptions withTransport(String way) {
        return new MachineOptions(
                memoryBytes,
                queueSize,
                offered,
                withheld,
                tftp,
                bootFile,
                machineType,
                Optional.of(way),
                qemuArguments,
                qemuBinary,
                image,
                location);
    }

    /**
     * {@return these options with other arguments for QEMU}
     *
     * @param words the arguments, as they are
     */
    public MachineOptions withQemuArguments(List<String> words) {
        return new MachineOptions(
                memoryBytes,
                queueSize,
                offered,
                withheld,
                tftp,
                bootFile,
                machineType,
                transport,
                words,
                qemuBinary,
                image,
                location);
    }

    /**
     * {@return these options with the binary of a local QEMU}
     *
     * @param binary by name or by path
     */
    public MachineOptions withQemuBinary(String binary) {
        return new MachineOptions(
                memoryBytes,
                queueSize,
                offered,
                withheld,
                tftp,
                bootFile,
                machineType,
                transport,
                qemuArguments,
                Optional.of(binary),
                image,
                location);
    }

    /**
     * {@return these options, with the place where the machine is}
     *
     * @param place in the words of the provider
     */
    public MachineOptions withLocation(String place) {
        return new MachineOptions(
                memoryBytes,
                queueSize,
                offered,
                withheld,
                tftp,
                bootFile,
                machineType,
                transport,
                qemuArguments,
                qemuBinary,
                image,
                Optional.of(place));
    }
}
