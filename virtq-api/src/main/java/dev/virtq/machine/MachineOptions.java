package dev.virtq.machine;

import dev.virtq.device.FeatureSet;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a machine shall be like. A provider refuses what it cannot give.
 *
 * <pre>{@code
 * MachineOptions packed = MachineOptions.DEFAULT
 *         .withQueueSize(64)
 *         .offering(FeatureSet.of(CommonFeature.RING_PACKED));
 * }</pre>
 *
 * <p>Immutable: each method that begins with {@code with} gives other options and leaves these.
 */
public final class MachineOptions {
    /** 64 MiB, and the provider's defaults for the rest. */
    public static final MachineOptions DEFAULT = new MachineOptions();

    private static final long LEAST_MEMORY = 8L << 20;

    // Set while a copy is made, and never again.
    private long memoryBytes = 64L << 20;
    private Optional<Integer> queueSize = Optional.empty();
    private FeatureSet offered = FeatureSet.EMPTY;
    private FeatureSet withheld = FeatureSet.EMPTY;
    private Optional<Path> tftp = Optional.empty();
    private Optional<String> bootFile = Optional.empty();
    private Optional<Path> share = Optional.empty();
    private Optional<String> machineType = Optional.empty();
    private Optional<String> transport = Optional.empty();
    private Optional<InterruptMode> interrupts = Optional.empty();
    private List<String> qemuArguments = List.of();
    private Optional<String> qemuBinary = Optional.empty();
    private Optional<String> image = Optional.empty();
    private Optional<String> location = Optional.empty();

    private MachineOptions() {}

    private MachineOptions(MachineOptions other) {
        memoryBytes = other.memoryBytes;
        queueSize = other.queueSize;
        offered = other.offered;
        withheld = other.withheld;
        tftp = other.tftp;
        bootFile = other.bootFile;
        share = other.share;
        machineType = other.machineType;
        transport = other.transport;
        interrupts = other.interrupts;
        qemuArguments = other.qemuArguments;
        qemuBinary = other.qemuBinary;
        image = other.image;
        location = other.location;
    }

    /** {@return how much RAM} */
    public long memoryBytes() {
        return memoryBytes;
    }

    /**
     * {@return the largest queue that its devices offer; a device that can offer no queue so small
     * offers its smallest. Empty leaves it to the device}
     */
    public Optional<Integer> queueSize() {
        return queueSize;
    }

    /**
     * {@return features that its devices shall offer. The packed ring and the use of buffers in
     * order are offered only when they are named here, whatever the machine}
     */
    public FeatureSet offered() {
        return offered;
    }

    /** {@return features that its devices shall not offer, although they could} */
    public FeatureSet withheld() {
        return withheld;
    }

    /** {@return the folder that its network serves over TFTP} */
    public Optional<Path> tftp() {
        return tftp;
    }

    /** {@return the boot file that its network names over DHCP} */
    public Optional<String> bootFile() {
        return bootFile;
    }

    /** {@return the folder that it shares as a file system} */
    public Optional<Path> share() {
        return share;
    }

    /** {@return what kind of machine QEMU makes, in its words: {@code q35}, {@code microvm}} */
    public Optional<String> machineType() {
        return machineType;
    }

    /**
     * {@return how its devices are reached: {@code pci} or {@code mmio}; empty for what the kind of
     * machine has}
     */
    public Optional<String> transport() {
        return transport;
    }

    /**
     * {@return how its devices get the attention of a waiting thread; empty for the best that the
     * machine has}
     */
    public Optional<InterruptMode> interrupts() {
        return interrupts;
    }

    /** {@return arguments for QEMU, as they are} */
    public List<String> qemuArguments() {
        return qemuArguments;
    }

    /** {@return the QEMU to start, when it is a local process} */
    public Optional<String> qemuBinary() {
        return qemuBinary;
    }

    /** {@return the container image, when it is in a container} */
    public Optional<String> image() {
        return image;
    }

    /**
     * {@return where it is, when it is there already: what stands behind the colon in {@code
     * vhost-user:SOCKET}}
     */
    public Optional<String> location() {
        return location;
    }

    /**
     * {@return these options with another size of RAM}
     *
     * @param bytes how much
     * @throws IllegalArgumentException when no machine starts with so little
     */
    public MachineOptions withMemory(long bytes) {
        return with(options -> options.memoryBytes = bytes);
    }

    /**
     * {@return these options with another size of queues}
     *
     * @param entries the largest queue that the devices offer
     */
    public MachineOptions withQueueSize(int entries) {
        return with(options -> options.queueSize = Optional.of(entries));
    }

    /**
     * {@return these options with other features that the devices shall offer}
     *
     * @param features all that they shall offer beside what they offer anyway
     * @throws IllegalArgumentException when some of them are to be withheld
     */
    public MachineOptions offering(FeatureSet features) {
        return with(options -> options.offered = features);
    }

    /**
     * {@return these options with other features that the devices shall not offer}
     *
     * @param features all that they shall not offer, although they could
     * @throws IllegalArgumentException when some of them are to be offered
     */
    public MachineOptions withholding(FeatureSet features) {
        return with(options -> options.withheld = features);
    }

    /**
     * {@return these options with a folder that the network serves over TFTP}
     *
     * @param folder a folder of this computer
     */
    public MachineOptions withTftp(Path folder) {
        return with(options -> options.tftp = Optional.of(folder));
    }

    /**
     * {@return these options with a boot file that the network names over DHCP}
     *
     * @param file its name on the TFTP server
     */
    public MachineOptions withBootFile(String file) {
        return with(options -> options.bootFile = Optional.of(file));
    }

    /**
     * {@return these options with a folder that is shared as a file system}
     *
     * @param folder a folder of this computer
     */
    public MachineOptions withShare(Path folder) {
        return with(options -> options.share = Optional.of(folder));
    }

    /**
     * {@return these options with another kind of machine}
     *
     * @param type in QEMU's words
     */
    public MachineOptions withMachineType(String type) {
        return with(options -> options.machineType = Optional.of(type));
    }

    /**
     * {@return these options with another way to the devices}
     *
     * @param way {@code pci} or {@code mmio}
     */
    public MachineOptions withTransport(String way) {
        return with(options -> options.transport = Optional.of(way));
    }

    /**
     * {@return these options with another way to get attention}
     *
     * @param mode which way
     */
    public MachineOptions withInterrupts(InterruptMode mode) {
        return with(options -> options.interrupts = Optional.of(mode));
    }

    /**
     * {@return these options with other arguments for QEMU}
     *
     * @param words the arguments, as they are
     */
    public MachineOptions withQemuArguments(List<String> words) {
        return with(options -> options.qemuArguments = List.copyOf(words));
    }

    /**
     * {@return these options with the binary of a local QEMU}
     *
     * @param binary by name or by path
     */
    public MachineOptions withQemuBinary(String binary) {
        return with(options -> options.qemuBinary = Optional.of(binary));
    }

    /**
     * {@return these options with another container image}
     *
     * @param name its name, with a tag
     */
    public MachineOptions withImage(String name) {
        return with(options -> options.image = Optional.of(name));
    }

    /**
     * {@return these options with the place where the machine is}
     *
     * @param place in the words of the provider
     */
    public MachineOptions withLocation(String place) {
        return with(options -> options.location = Optional.of(place));
    }

    private MachineOptions with(Consumer<MachineOptions> change) {
        MachineOptions changed = new MachineOptions(this);
        change.accept(changed);
        changed.check();
        return changed;
    }

    private void check() {
        if (memoryBytes < LEAST_MEMORY) {
            throw new IllegalArgumentException(
                    "memory of %d bytes (expected: at least 8 MiB)".formatted(memoryBytes));
        }
        FeatureSet both = offered.intersection(withheld);
        if (!both.isEmpty()) {
            throw new IllegalArgumentException(
                    "the feature bits %s are both to be offered and to be withheld (expected: one of the two)"
                            .formatted(both));
        }
    }
}
