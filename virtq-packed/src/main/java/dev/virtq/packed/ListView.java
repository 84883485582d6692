package dev.virtq.packed;

import static dev.virtq.packed.PackedLayout.DESCRIPTOR_BYTES;
import static dev.virtq.packed.PackedLayout.INDIRECT;
import static dev.virtq.packed.PackedLayout.NEXT;
import static dev.virtq.packed.PackedLayout.ROUND_FLAGS;
import static dev.virtq.packed.PackedLayout.UNALIGNED_LONG;
import static dev.virtq.packed.PackedLayout.WRITE;

import dev.virtq.memory.DmaMemory;
import dev.virtq.packed.SeenRing.Run;
import dev.virtq.queue.QueueSnapshot.ChainView;
import dev.virtq.queue.QueueSnapshot.Element;
import dev.virtq.queue.QueueSnapshot.Owner;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Shows lists of available descriptors as an onlooker: whatever is wrong is noted, not thrown. It
 * shows no more elements than anybody looks at.
 */
final class ListView {
    /** Over all lists: descriptors that point to large tables could fill the heap. */
    private static final int MAX_ELEMENTS = 1 << 17;

    private static final int KNOWN_FLAGS = NEXT | WRITE | INDIRECT | ROUND_FLAGS;

    private final SeenRing ring;
    private final DmaMemory memory;
    private final List<String> inferred;
    private final List<String> anomalies;
    private int elementsShown;

    ListView(SeenRing ring, DmaMemory memory, List<String> inferred, List<String> anomalies) {
        this.ring = ring;
        this.memory = memory;
        this.inferred = inferred;
        this.anomalies = anomalies;
    }

    /** Shows a list that is with the device. */
    ChainView show(Run run) {
        String name = "chain " + run.id();
        if (run.id() >= ring.size()) {
            anomalies.add("%s does not exist (2.8.13)".formatted(name));
        }
        List<Element> elements = new ArrayList<>();
        boolean indirect = false;
        for (int i = 0; i < run.slots(); i++) {
            int slot = ring.slot(run.first(), i);
            int flags = ring.flags(slot);
            if ((flags & ~KNOWN_FLAGS) != 0) {
                anomalies.add("%s: descriptor %d has flags 0x%x".formatted(name, slot, flags));
            }
            if ((flags & INDIRECT) == 0) {
                add(name, slot, ring.address(slot), ring.rest(slot), elements);
                continue;
            }
            if (run.slots() > 1 || (flags & NEXT) != 0) {
                anomalies.add(
                        "%s: descriptor %d has INDIRECT in a list (2.8.19#4)"
                                .formatted(name, slot));
                continue; // no device goes there, and many tables would be longer than the queue
            }
            indirect = true;
            addTable(name, ring.address(slot), Rest.length(ring.rest(slot)), elements);
        }
        int last = ring.slot(run.first(), run.slots() - 1);
        if ((ring.flags(last) & NEXT) != 0) {
            anomalies.add(
                    "%s goes on at slot %d, which is not available (2.8.17#6)"
                            .formatted(name, ring.slot(last, 1)));
        }
        return new ChainView(run.id(), Owner.DEVICE, indirect, elements, Optional.empty());
    }

    private void addTable(String chain, long address, long bytes, List<Element> elements) {
        String name = "the indirect table of " + chain;
        if (bytes == 0 || bytes % DESCRIPTOR_BYTES != 0) {
            anomalies.add("%s has %d bytes (2.8.7)".formatted(name, bytes));
            return;
        }
        long count = bytes / DESCRIPTOR_BYTES;
        if (count > ring.size()) {
            anomalies.add(
                    "%s has %d descriptors: more than the queue (2.8.19#3)".formatted(name, count));
            return;
        }
        MemorySegment table = memory.at(address, bytes).orElse(null);
        if (table == null) {
            anomalies.add("%s at 0x%x is not in memory (2.8.7)".formatted(name, address));
            return;
        }
        for (int i = 0; i < count; i++) {
            long rest = table.get(UNALIGNED_LONG, PackedLayout.rest(i));
            if ((Rest.flags(rest) & ~WRITE) != 0) {
                anomalies.add(
                        "%s: descriptor %d has flags 0x%x (2.8.19#2)"
                                .formatted(name, i, Rest.flags(rest)));
            }
            if (!add(name, i, table.get(UNALIGNED_LONG, PackedLayout.address(i)), rest, elements)) {
                return;
            }
        }
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
        boolean writable = (Rest.flags(rest) & WRITE) != 0;
        if (!writable && !elements.isEmpty() && elements.getLast().writable()) {
            anomalies.add(
                    "%s: device-readable descriptor %d follows a device-writable one (2.8.17#3)"
                            .formatted(name, slot));
        }
        long length = Rest.length(rest);
        if (!memory.contains(address, length)) {
            anomalies.add(
                    "%s: descriptor %d, %d bytes at 0x%x, is not in memory"
                            .formatted(name, slot, length, address));
        }
        elements.add(new Element(slot, address, length, writable));
        return true;
    }
}
