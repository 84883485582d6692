package dev.virtq.split;

import static dev.virtq.split.SplitLayout.INDIRECT;
import static dev.virtq.split.SplitLayout.NEXT;
import static dev.virtq.split.SplitLayout.WRITE;

import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.QueueSnapshot.ChainView;
import dev.virtq.queue.QueueSnapshot.Element;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.QueueSnapshot.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Follows chains through a descriptor table as an onlooker: whatever is wrong is noted, not thrown.
 */
final class ChainWalk {
    private static final int KNOWN_FLAGS = NEXT | WRITE | INDIRECT;

    private final DescriptorTable table;
    private final DmaMemory memory;
    private final List<String> anomalies;

    ChainWalk(DescriptorTable table, DmaMemory memory, List<String> anomalies) {
        this.table = table;
        this.memory = memory;
        this.anomalies = anomalies;
    }

    Slot slot(int index, Owner owner) {
        int flags = table.flags(index);
        return new Slot(
                index,
                table.address(index),
                table.length(index),
                flags,
                names(flags),
                table.next(index),
                owner);
    }

    /** Follows the chain, and marks its slots as the owner's. */
    ChainView chain(int head, Owner owner, Owner[] slotOwners) {
        List<Element> elements = new ArrayList<>();
        slotOwners[head] = owner;
        if ((table.flags(head) & INDIRECT) != 0) {
            followIndirect(head, elements);
            return new ChainView(head, owner, true, elements, Optional.empty());
        }
        follow(table, head, elements, "chain " + head, slotOwners, owner);
        return new ChainView(head, owner, false, elements, Optional.empty());
    }

    private void followIndirect(int head, List<Element> elements) {
        long address = table.address(head);
        long bytes = table.length(head);
        String name = "the indirect table of chain " + head;
        if (bytes == 0 || bytes % SplitLayout.DESCRIPTOR_BYTES != 0) {
            anomalies.add("%s has %d bytes (2.7.5.3)".formatted(name, bytes));
            return;
        }
        var segment = memory.at(address, bytes);
        if (segment.isEmpty()) {
            anomalies.add("%s at 0x%x is not in memory (2.7.5.3)".formatted(name, address));
            return;
        }
        follow(new DescriptorTable(segment.get()), 0, elements, name, new Owner[0], Owner.DEVICE);
    }

    private void follow(
            DescriptorTable descriptors,
            int first,
            List<Element> elements,
            String name,
            Owner[] slotOwners,
            Owner owner) {
        int slot = first;
        boolean writableSeen = false;
        for (int steps = 0; steps < descriptors.size(); steps++) {
            int flags = descriptors.flags(slot);
            boolean writable = (flags & WRITE) != 0;
            check(name, slot, flags, writableSeen && !writable, descriptors);
            writableSeen |= writable;
            elements.add(
                    new Element(
                            slot, descriptors.address(slot), descriptors.length(slot), writable));
            if (slotOwners.length > 0) {
                slotOwners[slot] = owner;
            }
            if ((flags & NEXT) == 0) {
                return;
            }
            slot = descriptors.next(slot);
            if (slot >= descriptors.size()) {
                anomalies.add(
                        "%s goes on at %d, which does not exist (2.7.5)".formatted(name, slot));
                return;
            }
        }
        anomalies.add(name + " loops (2.7.5.2#1)");
    }

    private void check(
            String name,
            int slot,
            int flags,
            boolean readableAfterWritable,
            DescriptorTable descriptors) {
        if (readableAfterWritable) {
            anomalies.add(
                    "%s: device-readable descriptor %d follows a device-writable one (2.7.4.2#1)"
                            .formatted(name, slot));
        }
        if (!memory.contains(descriptors.address(slot), descriptors.length(slot))) {
            anomalies.add(
                    "%s: descriptor %d, %d bytes at 0x%x, is not in memory"
                            .formatted(
                                    name,
                                    slot,
                                    descriptors.length(slot),
                                    descriptors.address(slot)));
        }
        if ((flags & ~KNOWN_FLAGS) != 0) {
            anomalies.add("%s: descriptor %d has flags 0x%x".formatted(name, slot, flags));
        }
    }

    private static String names(int flags) {
        List<String> names = new ArrayList<>();
        if ((flags & NEXT) != 0) {
            names.add("NEXT");
        }
        if ((flags & WRITE) != 0) {
            names.add("WRITE");
        }
        if ((flags & INDIRECT) != 0) {
            names.add("INDIRECT");
        }
        return String.join(" ", names);
    }
}
