package dev.virtq.transport.pci.layout;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.SharedMemoryRegion;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciCapability;
import dev.virtq.transport.pci.PciCapability.Malformed;
import dev.virtq.transport.pci.PciCapability.VirtioStructure;
import dev.virtq.transport.pci.PciFunction;
import dev.virtq.transport.pci.layout.Structures.Found;
import dev.virtq.transport.pci.layout.Structures.Wanted;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where the structures of a virtio device lie (virtio 1.4, section 4.1.4). */
public final class VirtioLayout {
    private static final Wanted COMMON =
            new Wanted(StructureType.COMMON, 4, CommonConfig.BASE_SIZE, CommonConfig.KNOWN_SIZE);
    private static final Wanted NOTIFICATIONS =
            new Wanted(StructureType.NOTIFICATIONS, 2, 2, Long.MAX_VALUE);
    private static final Wanted ISR = new Wanted(StructureType.ISR, 1, 1, 1);
    private static final Wanted DEVICE = new Wanted(StructureType.DEVICE, 4, 1, Long.MAX_VALUE);

    private final PciFunction function;
    private final List<PciCapability> capabilities;
    private final boolean usesPorts;

    private final CommonConfig common;
    private final NotifyStructure notifications;
    private final RegisterWindow isr;
    private final Optional<RegisterWindow> device;

    /**
     * Finds the structures.
     *
     * @param function whose BARs they are in
     * @param capabilities the function's capability list
     * @throws DeviceFaultException when a structure that every device has cannot be used
     */
    public VirtioLayout(PciFunction function, List<PciCapability> capabilities) {
        this.function = function;
        this.capabilities = List.copyOf(capabilities);
        Structures structures = new Structures(function, capabilities);
        common = new CommonConfig(structures.require(COMMON, "4.1.4.3.1#2").window());
        notifications = notifications(structures.require(NOTIFICATIONS, "4.1.4.4.1"));
        isr = structures.require(ISR, "4.1.4.5.1#1").window();
        List<String> problems = new ArrayList<>();
        device = structures.find(DEVICE, problems).map(Found::window);
        if (device.isEmpty() && !problems.isEmpty()) {
            throw Structures.unusable(StructureType.DEVICE, "4.1.4.6.1#1", problems);
        }
        usesPorts = structures.usesPorts();
    }

    /**
     * {@return whether a capability list has a structure of virtio}
     *
     * @param capabilities the list
     */
    public static boolean isIn(List<PciCapability> capabilities) {
        return capabilities.stream()
                .anyMatch(capability ->
                        capability instanceof VirtioStructure
                                || (capability instanceof Malformed bad && bad.type() != 0));
    }

    /** {@return the common configuration} */
    public CommonConfig common() {
        return common;
    }

    /** {@return where notifications go} */
    public NotifyStructure notifications() {
        return notifications;
    }

    /** {@return the ISR status, one byte} */
    public RegisterWindow isr() {
        return isr;
    }

    /** {@return the device-specific configuration; empty when the device has none} */
    public Optional<RegisterWindow> device() {
        return device;
    }

    /** {@return whether one of the structures is in I/O space} */
    public boolean usesPorts() {
        return usesPorts;
    }

    /**
     * {@return the regions that the device shares, by their addresses on the bus (section 4.1.4.7)}
     *
     * @throws DeviceFaultException when a region is not in its BAR, or two have one id
     */
    public List<SharedMemoryRegion> sharedMemory() {
        return SharedMemory.of(function, capabilities);
    }

    private static NotifyStructure notifications(Found found) {
        VirtioStructure structure = found.structure();
        Long multiplier = structure.notifyOffMultiplier();
        return new NotifyStructure(
                found.window(), multiplier == null ? 0 : multiplier, structure.offset() % 4 == 0);
    }
}
