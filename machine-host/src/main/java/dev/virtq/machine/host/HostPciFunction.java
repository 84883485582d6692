package dev.virtq.machine.host;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.VirtioException;
import dev.virtq.memory.DmaMemory;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.MessageInterrupt;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A function of this computer: its registers mapped, its memory at physical addresses, polled. */
final class HostPciFunction implements PciFunction {
    private static final int VENDOR = 0x00;
    private static final int COMMAND = 0x04;
    private static final int BUS_MASTER = 0x4;
    private static final int NOBODY = 0xffff;

    /** How often it is looked whether it is still there, which takes microseconds. */
    private static final long LOOK_NANOS = 10_000_000;

    private final HostAddress address;
    private final SysfsFunction sysfs;
    private final ConfigFile config;
    private final DmaMemory memory;
    private final Tenure tenure;
    private final List<PciBar> bars;
    private final long pageBytes;
    private final FeatureSet platform;
    private final Map<Integer, RegisterWindow> windows = new TreeMap<>();
    private volatile long looked = System.nanoTime();

    HostPciFunction(
            Linux linux,
            HostAddress address,
            SysfsFunction sysfs,
            ConfigFile config,
            DmaMemory memory,
            Tenure tenure)
            throws IOException {
        this.address = address;
        this.sysfs = sysfs;
        this.config = config;
        this.memory = memory;
        this.tenure = tenure;
        bars = sysfs.bars();
        pageBytes = linux.pageBytes();
        platform = platform(sysfs.isTranslated());
    }

    private static FeatureSet platform(boolean translated) {
        FeatureSet vouched =
                System.getProperty("os.arch").equals("amd64")
                        ? FeatureSet.of(CommonFeature.ORDER_PLATFORM)
                        : FeatureSet.EMPTY;
        return translated ? vouched : vouched.with(CommonFeature.ACCESS_PLATFORM);
    }

    @Override
    public PciAddress address() {
        return address.place();
    }

    @Override
    public RegisterWindow configSpace() {
        return config;
    }

    @Override
    public List<PciBar> bars() {
        return bars;
    }

    @Override
    public synchronized RegisterWindow bar(int index) {
        PciBar bar =
                bars.stream()
                        .filter(candidate -> candidate.index() == index && reaches(candidate))
                        .findFirst()
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "pci %s has no BAR %d that can be mapped"
                                                .formatted(address, index)));
        tenure.check();
        return windows.computeIfAbsent(index, _ -> map(bar));
    }

    private RegisterWindow map(PciBar bar) {
        try {
            return MappedWindow.map(sysfs.resource(bar.index()), bar.size(), tenure);
        } catch (IOException e) {
            throw new VirtioException(
                    "BAR %d of pci %s cannot be mapped: %s (expected: root, and a kernel that is not locked down, as Secure Boot has it)"
                            .formatted(bar.index(), address, e.getMessage()),
                    e);
        }
    }

    /**
     * {@return whether it is memory that starts at a page} What starts within one shares it with
     * others.
     */
    @Override
    public boolean reaches(PciBar bar) {
        return bar.kind() != PciBar.Kind.IO
                && bar.address() % pageBytes == 0
                && Files.exists(sysfs.resource(bar.index()));
    }

    /** No message reaches a process: that takes a driver in the kernel. */
    @Override
    public Optional<MessageInterrupt> allocateMessage(int vector) {
        return Optional.empty();
    }

    @Override
    public DmaMemory memory() {
        return memory;
    }

    /**
     * Physical addresses are what the device has to use where no IOMMU translates them. On x86
     * fences of the CPU order memory for devices as well; other CPUs have stronger ones for that,
     * which Java has not.
     */
    @Override
    public FeatureSet platformFeatures() {
        return platform;
    }

    @Override
    public Optional<DeviceLostException> lost() {
        long now = System.nanoTime();
        if (now - looked >= LOOK_NANOS && tenure.ended().isEmpty()) {
            looked = now;
            look();
        }
        return tenure.ended();
    }

    private void look() {
        try {
            if ((config.readShort(VENDOR) & 0xffff) == NOBODY) {
                tenure.end(
                        new DeviceLostException(
                                "pci %s is gone: it answers with all ones".formatted(address)));
            }
        } catch (DeviceLostException known) {
            // Its tenure has ended with that.
        }
    }

    /**
     * Resets the device, whoever has left it running (virtio 1.4, section 2.4). What nobody has
     * opened yet may be running too, with queues of a program that was killed.
     *
     * @return whether the reset was read back; also when it has no status to write to
     */
    boolean reset() {
        try {
            return StatusRegister.of(this).map(StatusRegister::reset).orElse(true);
        } catch (DeviceLostException gone) {
            return false; // nobody knows what it still does
        }
    }

    /**
     * {@return the command register for a function that does not reach memory, and is otherwise as
     * it is}
     */
    int commandOffTheBus() {
        return config.readShort(COMMAND) & 0xffff & ~BUS_MASTER;
    }

    /**
     * Takes the function off the bus as a master: it writes to no memory any more, and what it had
     * on its way has arrived.
     *
     * @return whether that is certain
     */
    boolean leaveBus() {
        try {
            config.writeShort(COMMAND, (short) commandOffTheBus());
            int command = config.readShort(COMMAND) & 0xffff;
            return command != NOBODY && (command & BUS_MASTER) == 0;
        } catch (DeviceLostException gone) {
            return false;
        }
    }

    @Override
    public String toString() {
        return "pci " + address;
    }
}
