package dev.virtq.machine.host;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioException;
import dev.virtq.machine.AttachedDevice;
import dev.virtq.machine.Machine;
import dev.virtq.memory.DmaMemory;
import dev.virtq.transport.pci.PciFunction;
import dev.virtq.transport.pci.VirtioPciTransport;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A virtio function on this computer's own PCI bus, and memory for it in huge pages. It takes root,
 * and a function that no driver of the kernel has.
 *
 * <pre>{@code
 * try (HostMachine machine = HostMachine.of("0000:00:03.0", 64 << 20);
 *         NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
 *     net.send(frame);
 * }
 * }</pre>
 *
 * <p>The device is given physical addresses, and nothing but its driver keeps it from writing
 * elsewhere. To open it is to reset it, before it is on the bus, since whoever had it may have been
 * killed. Its memory is not given back before it has been reset, has left the bus as a master, and
 * both were read back; when that cannot be had, it is kept as long as this JVM lives. When the JVM
 * ends without {@link #close}, a shell beside it takes the device off the bus before the memory is
 * given back.
 *
 * <p>Threads: any.
 */
public final class HostMachine implements Machine {
    static final String KIND = "host";

    /**
     * Those that are not closed, so that nobody else gets the memory of one that was forgotten; and
     * those whose device was not proven quiet.
     */
    private static final Set<HostMachine> KEPT = ConcurrentHashMap.newKeySet();

    private final SysfsFunction sysfs;
    private final ConfigFile config;
    private final HugePages pages;
    private final DmaMemory memory;
    private final HostPciFunction function;
    private final Tenure tenure;
    private final Watchdog watchdog;
    private final boolean enabledHere;
    private final AttachedDevice device;
    private @Nullable VirtioPciTransport open;
    private boolean closed;

    private HostMachine(
            Linux linux,
            HostAddress address,
            SysfsFunction sysfs,
            ConfigFile config,
            HugePages pages,
            Tenure tenure)
            throws IOException {
        this.sysfs = sysfs;
        this.config = config;
        this.pages = pages;
        this.tenure = tenure;
        memory = new DmaMemory(pages.mapping());
        function = new HostPciFunction(linux, address, sysfs, config, memory, tenure);
        device = new OnlyDevice(sysfs.type().orElseThrow());
        if (!function.leaveBus()) {
            throw new IOException("it does not leave the bus");
        }
        enabledHere = sysfs.enabled() == 0;
        if (enabledHere) {
            sysfs.enable(true);
        }
        // Before it is on the bus with addresses of this memory, which is when it is opened.
        watchdog =
                Watchdog.start(
                        pages.file(),
                        sysfs.config(),
                        function.commandOffTheBus(),
                        StatusRegister.of(function));
    }

    /**
     * Takes a function.
     *
     * @param address where it is, as in {@code 0000:00:03.0}
     * @param memoryBytes how much memory it shall reach, rounded up to huge pages; so many must be
     *     free
     * @return the machine
     * @throws IllegalArgumentException when it is no address, there is no virtio function, a driver
     *     of the kernel has it, or it is no amount of memory
     * @throws IllegalStateException when another program drives it
     * @throws VirtioException when it may not be taken, or there is not so much memory
     */
    public static HostMachine of(String address, long memoryBytes) {
        return of(Linux.HERE, HostAddress.parse(address), memoryBytes);
    }

    private static HostMachine of(Linux linux, HostAddress address, long memoryBytes) {
        try {
            return of(linux, address, memoryBytes, Pagemap.of(linux));
        } catch (IOException e) {
            throw new VirtioException(
                    "pci %s cannot be driven from here: %s".formatted(address, e.getMessage()), e);
        }
    }

    static HostMachine of(
            Linux linux, HostAddress address, long memoryBytes, PhysicalAddresses addresses)
            throws IOException {
        if (memoryBytes < 1) {
            throw new IllegalArgumentException(
                    "%d bytes of memory (expected: 1 or more)".formatted(memoryBytes));
        }
        SysfsFunction sysfs = new SysfsBus(linux).free(address);
        Tenure tenure = new Tenure();
        ConfigFile config = open(sysfs, tenure);
        try {
            HugePages pages = HugePages.take(linux, memoryBytes, addresses);
            try {
                HostMachine machine = new HostMachine(linux, address, sysfs, config, pages, tenure);
                KEPT.add(machine);
                return machine;
            } finally {
                pages.unlink(); // who needs it has it open
            }
        } catch (IOException | RuntimeException e) {
            config.close();
            throw e;
        }
    }

    private static ConfigFile open(SysfsFunction sysfs, Tenure tenure) {
        try {
            return ConfigFile.open(sysfs.config(), sysfs.name(), tenure);
        } catch (IOException e) {
            throw new VirtioException(
                    "the configuration space of pci %s is not this user's to write (expected: root)"
                            .formatted(sysfs.name()),
                    e);
        }
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public String description() {
        return "PCI function %s of this computer".formatted(sysfs.name());
    }

    @Override
    public Map<String, String> details() {
        Map<String, String> details = new LinkedHashMap<>();
        details.put("sysfs", sysfs.folder().toString());
        details.put(
                "pages",
                "%d of %d KiB"
                        .formatted(
                                pages.mapping().segment().byteSize() / pages.pageBytes(),
                                pages.pageBytes() >> 10));
        details.put("interrupts", "none reach a process: the device is polled");
        function.lost().ifPresent(lost -> details.put("lost", String.valueOf(lost.getMessage())));
        return details;
    }

    @Override
    public DmaMemory memory() {
        return memory;
    }

    @Override
    public List<AttachedDevice> devices() {
        return List.of(device);
    }

    /** {@return the function} */
    public PciFunction function() {
        return function;
    }

    /**
     * Resets the device, takes it off the bus, and refuses further access; nothing is unmapped.
     * Bounded; idempotent.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        boolean reset = function.reset();
        boolean quiet = function.leaveBus() && reset;
        if (open != null) {
            open.close();
        }
        tenure.end(new DeviceLostException("the machine was closed"));
        memory.close();
        config.close();
        if (quiet) {
            watchdog.dismiss();
            KEPT.remove(this);
            disable();
        }
    }

    private void disable() {
        if (enabledHere) {
            try {
                sysfs.enable(false);
            } catch (IOException e) {
                throw new VirtioException(
                        "pci %s could not be disabled: %s".formatted(sysfs.name(), e.getMessage()),
                        e);
            }
        }
    }

    private synchronized Transport openDevice() {
        tenure.check();
        VirtioPciTransport before = open;
        if (before != null && !before.isClosed()) {
            throw new IllegalStateException(
                    "pci %s is open already: close its transport first".formatted(sysfs.name()));
        }
        // The transport puts it on the bus. Whoever had it before may have been killed, and what
        // its
        // queues were in is somebody else's memory now.
        if (!function.reset()) {
            throw new DeviceFaultException(
                    "pci %s did not confirm a reset within 1 s, and stays off the bus"
                            .formatted(sysfs.name()),
                    "2.4.1#1",
                    "its status does not read 0");
        }
        VirtioPciTransport transport = VirtioPciTransport.open(function);
        try {
            refuseTranslation(transport);
        } catch (RuntimeException e) {
            transport.close();
            function.leaveBus();
            throw e;
        }
        open = transport;
        return transport;
    }

    /** A device that does not offer the feature goes past an IOMMU, and may be driven. */
    private void refuseTranslation(Transport transport) {
        if (transport.readOfferedFeatures().contains(CommonFeature.ACCESS_PLATFORM)
                && !transport.servedFeatures().contains(CommonFeature.ACCESS_PLATFORM)) {
            throw new VirtioException(
                    "pci %s is behind an IOMMU that translates, which virtq does not set up (expected: none, or one that passes addresses on, as with iommu=pt on the kernel's command line)"
                            .formatted(sysfs.name()));
        }
    }

    private final class OnlyDevice implements AttachedDevice {
        private final DeviceType type;

        OnlyDevice(DeviceType type) {
            this.type = type;
        }

        @Override
        public String name() {
            return type.name() + "0";
        }

        @Override
        public Optional<DeviceType> type() {
            return Optional.of(type);
        }

        @Override
        public String location() {
            return "pci " + sysfs.name();
        }

        @Override
        public Transport open() {
            return openDevice();
        }

        @Override
        public String toString() {
            return "%s (%s)".formatted(name(), location());
        }
    }
}
