package dev.virtq.transport.pci.layout;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.SharedMemoryRegion;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciBar.Kind;
import dev.virtq.transport.pci.PciCapability;
import dev.virtq.transport.pci.PciCapability.Malformed;
import dev.virtq.transport.pci.PciCapability.VirtioStructure;
import dev.virtq.transport.pci.PciFunction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the structures of a virtio device lie (virtio 1.4, section 4.1.4).
 *
 * <p>Of several structures of one type, the first that can be used is used (4.1.4.1#2). One that
 * breaks a rule is passed over; when none is left, the error says what was wrong with each.
 */
public final class VirtioLayout {
    private static final int HIGHEST_BAR = 5; // the values above are reserved

    private final PciFunction function;
    private final List<PciCapability> capabilities;
    private boolean usesPorts;

    private final CommonConfig common;
    private final NotifyStructure notifications;
    private final RegisterWindow isr;
    private final @Nullable RegisterWindow device;

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
        common =
                new CommonConfig(
                        require(StructureType.COMMON, 4, CommonConfig.BASE_SIZE, "4.1.4.3.1#2"));
        notifications = findNotifications();
        isr = require(StructureType.ISR, 1, 1, "4.1.4.5.1#1");
        List<String> problems = new ArrayList<>();
        device = find(StructureType.DEVICE, 4, 1, problems);
        if (device == null && !problems.isEmpty()) {
            throw unusable(StructureType.DEVICE, "4.1.4.6.1#1", problems);
        }
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

    /** {@return the ISR status, one byte or more} */
    public RegisterWindow isr() {
        return isr;
    }

    /** {@return the device-specific configuration; empty when the device has none} */
    public Optional<RegisterWindow> device() {
        return Optional.ofNullable(device);
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
        List<SharedMemoryRegion> regions = new ArrayList<>();
        Set<Integer> ids = new HashSet<>();
        for (PciCapability capability : capabilities) {
            if (capability instanceof Malformed bad && bad.type() == StructureType.SHARED_MEMORY) {
                throw new DeviceFaultException(
                        "a shared memory capability cannot be read",
                        "4.1.4.2#1",
                        at(bad.position()) + bad.problem());
            }
            if (!(capability instanceof VirtioStructure structure)
                    || structure.type() != StructureType.SHARED_MEMORY
                    || structure.bar() > HIGHEST_BAR) {
                continue;
            }
            PciBar bar = barOf(structure);
            if (bar == null || !contains(bar, structure)) {
                throw new DeviceFaultException(
                        "shared memory region %d is not in its BAR"
                                .formatted(structure.structureId()),
                        "4.1.4.7.1#1",
                        at(structure.position()) + describe(structure, bar));
            }
            if (!ids.add(structure.structureId())) {
                throw new DeviceFaultException(
                        "two shared memory regions have the id " + structure.structureId(),
                        "4.1.4.7.1#2",
                        at(structure.position()) + describe(structure, bar));
            }
            regions.add(
                    new SharedMemoryRegion(
                            structure.structureId(),
                            bar.address() + structure.offset(),
                            structure.length()));
        }
        return List.copyOf(regions);
    }

    private NotifyStructure findNotifications() {
        List<String> problems = new ArrayList<>();
        for (VirtioStructure structure : structures(StructureType.NOTIFICATIONS, problems)) {
            Long multiplier = structure.notifyOffMultiplier();
            if (multiplier == null || !NotifyStructure.isMultiplier(multiplier)) {
                problems.add(
                        at(structure.position())
                                + "multiplier "
                                + multiplier
                                + " (expected: 0, or an even power of 2)");
                continue;
            }
            RegisterWindow window = window(structure, 2, 2, problems);
            if (window != null) {
                boolean wide = structure.offset() % 4 == 0;
                return new NotifyStructure(window, multiplier, wide);
            }
        }
        throw unusable(StructureType.NOTIFICATIONS, "4.1.4.4.1", problems);
    }

    private RegisterWindow require(int type, int alignment, long minimum, String clause) {
        List<String> problems = new ArrayList<>();
        RegisterWindow window = find(type, alignment, minimum, problems);
        if (window == null) {
            throw unusable(type, clause, problems);
        }
        return window;
    }

    private @Nullable RegisterWindow find(
            int type, int alignment, long minimum, List<String> problems) {
        for (VirtioStructure structure : structures(type, problems)) {
            RegisterWindow window = window(structure, alignment, minimum, problems);
            if (window != null) {
                return window;
            }
        }
        return null;
    }

    /** Structures with a reserved BAR are as if they were not there (4.1.4.1#4). */
    private List<VirtioStructure> structures(int type, List<String> problems) {
        List<VirtioStructure> found = new ArrayList<>();
        for (PciCapability capability : capabilities) {
            if (capability instanceof VirtioStructure structure
                    && structure.type() == type
                    && structure.bar() <= HIGHEST_BAR) {
                found.add(structure);
            } else if (capability instanceof Malformed bad && bad.type() == type) {
                problems.add(at(bad.position()) + bad.problem());
            }
        }
        return found;
    }

    /**
     * Opens a structure. One that claims to be longer than its BAR ends with the BAR, since drivers
     * have to cope with a length that is too large (4.1.4.1#6).
     */
    private @Nullable RegisterWindow window(
            VirtioStructure structure, int alignment, long minimum, List<String> problems) {
        PciBar bar = barOf(structure);
        String where = at(structure.position()) + describe(structure, bar);
        if (bar == null) {
            problems.add(where);
            return null;
        }
        if (!function.reaches(bar)) {
            problems.add(where + " and which the machine does not reach");
            return null;
        }
        if (structure.offset() % alignment != 0) {
            problems.add(where + " (expected: an offset that is a multiple of " + alignment + ")");
            return null;
        }
        long usable = Math.min(structure.length(), bar.size() - structure.offset());
        if (usable < minimum) {
            problems.add(where + " (expected: " + minimum + " bytes or more within the BAR)");
            return null;
        }
        usesPorts |= bar.kind() == Kind.IO;
        return function.bar(bar.index()).slice(structure.offset(), usable);
    }

    private @Nullable PciBar barOf(VirtioStructure structure) {
        for (PciBar bar : function.bars()) {
            if (bar.index() == structure.bar()) {
                return bar;
            }
        }
        return null;
    }

    private static boolean contains(PciBar bar, VirtioStructure structure) {
        return structure.offset() >= 0
                && structure.length() >= 0
                && structure.offset() <= bar.size()
                && structure.length() <= bar.size() - structure.offset();
    }

    private static DeviceFaultException unusable(int type, String clause, List<String> problems) {
        return new DeviceFaultException(
                "the device has no usable structure \"" + StructureType.name(type) + '"',
                clause,
                problems.isEmpty() ? "no capability points to one" : String.join("; ", problems));
    }

    private static String at(int position) {
        return "capability at 0x%02x: ".formatted(position);
    }

    private static String describe(VirtioStructure structure, @Nullable PciBar bar) {
        return "0x%x bytes at offset 0x%x of BAR %d, which %s"
                .formatted(
                        structure.length(),
                        structure.offset(),
                        structure.bar(),
                        bar == null
                                ? "the function does not have"
                                : "has 0x%x bytes".formatted(bar.size()));
    }
}
