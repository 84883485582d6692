package dev.virtq.transport.pci.layout;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.SharedMemoryRegion;
import dev.virtq.transport.pci.PciBar;
import dev.virtq.transport.pci.PciCapability;
import dev.virtq.transport.pci.PciCapability.Malformed;
import dev.virtq.transport.pci.PciCapability.VirtioStructure;
import dev.virtq.transport.pci.PciFunction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The regions that a device shares (virtio 1.4, section 4.1.4.7). */
final class SharedMemory {
    private SharedMemory() {}

    /** {@return the regions, by their addresses on the bus, in the order of the capabilities} */
    static List<SharedMemoryRegion> of(PciFunction function, List<PciCapability> capabilities) {
        List<SharedMemoryRegion> regions = new ArrayList<>();
        Set<Integer> ids = new HashSet<>();
        for (PciCapability capability : capabilities) {
            if (capability instanceof Malformed bad && bad.type() == StructureType.SHARED_MEMORY) {
                throw new DeviceFaultException(
                        "a shared memory capability cannot be read",
                        "4.1.4.2#1",
                        Structures.at(bad.position()) + bad.problem());
            }
            if (!(capability instanceof VirtioStructure structure)
                    || structure.type() != StructureType.SHARED_MEMORY
                    || structure.bar() > Structures.HIGHEST_BAR) {
                continue;
            }
            SharedMemoryRegion region = region(function, structure);
            if (!ids.add(region.id())) {
                throw fault(
                        "two shared memory regions have the id " + region.id(),
                        "4.1.4.7.1#2",
                        structure,
                        Structures.barOf(function, structure));
            }
            regions.add(region);
        }
        return List.copyOf(regions);
    }

    private static SharedMemoryRegion region(PciFunction function, VirtioStructure structure) {
        PciBar bar = Structures.barOf(function, structure);
        if (bar == null || !contains(bar, structure)) {
            throw fault(
                    "shared memory region %d is not in its BAR".formatted(structure.structureId()),
                    "4.1.4.7.1#1",
                    structure,
                    bar);
        }
        return new SharedMemoryRegion(
                structure.structureId(), bar.address() + structure.offset(), structure.length());
    }

    /** Offset and length are unsigned and of 64 bits: no BAR holds a negative one. */
    private static boolean contains(PciBar bar, VirtioStructure structure) {
        return structure.offset() >= 0
                && structure.length() >= 0
                && structure.offset() <= bar.size()
                && structure.length() <= bar.size() - structure.offset();
    }

    private static DeviceFaultException fault(
            String what, String clause, VirtioStructure structure, @Nullable PciBar bar) {
        return new DeviceFaultException(
                what,
                clause,
                Structures.at(structure.position()) + Structures.describe(structure, bar));
    }
}
