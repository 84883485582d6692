package dev.virtq.split;

import static dev.virtq.split.SplitLayout.INDIRECT;
import static dev.virtq.split.SplitLayout.NEXT;
import static dev.virtq.split.SplitLayout.WRITE;

import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.QueueSnapshot.ChainView;
import dev.virtq.queue.QueueSnapshot.Element;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.QueueSnapshot.Slot;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Follows chains through a descriptor table as an onlooker: whatever is wrong is noted, not thrown.
 * What it follows may be garbage, so it ends where a chain meets itself or another, and shows no
 * more elements than anybody looks at.
 */
final class ChainWalk {
    private static final int KNOWN_FLAGS = NEXT | WRITE | INDIRECT;
    private static final int NO_CHAIN = -1;

    /** Over all chains: tables that point to large tables could fill the heap. */
    private static final int MAX_ELEMENTS = 1 << 17;

    private final DescriptorTable table;
    private final DmaMemory memory;
    private final List<String> inferred;
    private final List<String> anomalies;
    private final Owner[] owners;

    /** For each descriptor: the head of the chain that it is in. */
    private final int[] chainOf;

    private int elementsShown;

    ChainWalk(
            DescriptorTable table,
            DmaMemory memory,
            List<String> inferred,
            List<String> anomalies) {
        this.table = table;
        this.memory = memory;
        this.inferred = inferred;
        this.anomalies = anomalies;
        owners = new Owner[table.size()];
        Arrays.fill(owners, Owner.FREE);
        chainOf = new int[table.size()];
        Arrays.fill(chainOf, NO_CHAIN);
    }

    /** {@return all descriptors, owned as the chains that were followed say} */
    List<Slot> slots() {
        List<Slot> slots = new ArrayList<>(owners.length);
        for (int i = 0; i < owners.length; i++) {
            long rest = table.rest(i);
            int flags = DescriptorTable.flags(rest);
            slots.add(
                    new Slot(
                            i,
                            table.address(i),
                            DescriptorTable.length(rest),
                            flags,
                            names(flags),
                            DescriptorTable.next(rest),
                            owners[i]));
        }
        return slots;
    }

    /** Follows a chain, and marks its descriptors as the owner's. */
    ChainView chain(int head, Owner owner, Optional<Long> usedLength) {
        List<Element> elements = new ArrayList<>();
        boolean indirect = follow(head, owner, elements);
        return new ChainView(head, owner, indirect, elements, usedLength);
    }

    /** {@return whether it ends in an indirect table} */
    private boolean follow(int head, Owner owner, List<Element> elements) {
        String name = "chain " + head;
        int slot = head;
        while (true) {
            if (chainOf[slot] != NO_CHAIN) {
                anomalies.add(
                        chainOf[slot] == head
                                ? name + " loops (2.7.5.2#1)"
                                : "%s meets chain %d in descriptor %d (2.7.5)"
                                        .formatted(name, chainOf[slot], slot));
                return false;
            }
            chainOf[slot] = head;
            owners[slot] = owner;
            long rest = table.rest(slot);
            int flags = DescriptorTable.flags(rest);
            if ((flags & INDIRECT) != 0) {
                if ((flags & NEXT) != 0) {
                    anomalies.add(
                            "%s: descriptor %d has both INDIRECT and NEXT (2.7.5.3.1#4)"
                                    .formatted(name, slot));
                }
                followIndirect(head, table.address(slot), DescriptorTable.length(rest), elements);
                return true;
            }
            if (!add(name, slot, table.address(slot), rest, elements) || (flags & NEXT) == 0) {
                return false;
            }
            slot = DescriptorTable.next(rest);
            if (slot >= table.size()) {
                noteMissing(name, slot);
                return false;
            }
        }
    }

    private void followIndirect(int head, long address, long bytes, List<Element> elements) {
        String name = "the indirect table of chain " + head;
        if (bytes == 0 || bytes % SplitLayout.DESCRIPTOR_BYTES != 0) {
            anomalies.add("%s has %d bytes (2.7.5.3)".formatted(name, bytes));
            return;
        }
        MemorySegment segment = memory.at(address, bytes).orElse(null);
        if (segment == null) {
            anomalies.add("%s at 0x%x is not in memory (2.7.5.3)".formatted(name, address));
            return;
        }
        DescriptorTable indirect = new DescriptorTable(segment);
        int slot = 0;
        while (elements.size() < table.size()) {
            long rest = indirect.rest(slot);
            int flags = DescriptorTable.flags(rest);
            if ((flags & INDIRECT) != 0) {
                anomalies.add(name + " has a table in it (2.7.5.3.1#2)");
                return;
            }
            if (!add(name, slot, indirect.address(slot), rest, elements) || (flags & NEXT) == 0) {
                return;
            }
            slot = DescriptorTable.next(rest);
            if (slot >= indirect.size()) {
                noteMissing(name, slot);
                return;
            }
        }
        anomalies.add(
                "chain %d is longer than the queue, or loops (2.7.5.3.1#3, 2.7.5.2#1)"
                        .formatted(head));
    }

    /** {@return whether there may be more} */
    private boolean add(String name, int slot, long address, long rest, List<Element> elements) {
        if (elementsShown == MAX_ELEMENTS) {
            inferred.add(
                    "%s and what follows it is not shown: a picture has at most %d elements"
                            .formatted(name, MAX_ELEMENTS));
        }
        if (elementsShown++ >= MAX_ELEMENTS) {
            return false;
        }
        int flags = DescriptorTable.flags(rest);
        Element element =
                new Element(slot, address, DescriptorTable.length(rest), (flags & WRITE) != 0);
        check(name, element, flags, elements);
        elements.add(element);
        return true;
    }

    private void check(String name, Element element, int flags, List<Element> before) {
        if (!element.writable() && !before.isEmpty() && before.getLast().writable()) {
            anomalies.add(
                    "%s: device-readable descriptor %d follows a device-writable one (2.7.4.2#1)"
                            .formatted(name, element.slot()));
        }
        if (!memory.contains(element.address(), element.length())) {
            anomalies.add(
                    "%s: descriptor %d, %d bytes at 0x%x, is not in memory"
                            .formatted(name, element.slot(), element.length(), element.address()));
        }
        if ((flags & ~KNOWN_FLAGS) != 0) {
            anomalies.add(
                    "%s: descriptor %d has flags 0x%x".formatted(name, element.slot(), flags));
        }
    }

    private void noteMissing(String name, int slot) {
        anomalies.add("%s goes on at %d, which does not exist (2.7.5)".formatted(name, slot));
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
