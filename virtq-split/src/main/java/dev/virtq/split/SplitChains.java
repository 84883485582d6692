package dev.virtq.split;

import static dev.virtq.split.SplitLayout.INDIRECT;
import static dev.virtq.split.SplitLayout.NEXT;
import static dev.virtq.split.SplitLayout.WRITE;

import dev.virtq.memory.BufferClaim;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.IndirectTables;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The chains that have descriptors: which descriptors, or which indirect table (virtio 1.4,
 * sections 2.7.5 and 2.7.5.3). A chain is known by its head, the index of its first descriptor.
 */
final class SplitChains {
    private final int size;
    private final IndirectTables indirectTables;
    private final DescriptorTable table;
    private final FreeDescriptors free;
    private final @Nullable Chain[] chains;

    SplitChains(RingRequest request, MemorySegment descriptors) {
        size = request.size();
        indirectTables = new IndirectTables(request);
        table = new DescriptorTable(descriptors);
        free = new FreeDescriptors(size);
        chains = new Chain[size];
    }

    boolean mayBeIndirect() {
        return indirectTables.areAccepted();
    }

    int room() {
        return free.count();
    }

    int reserve(Chain chain) {
        int elements = chain.capacity();
        if (elements > size) {
            throw new IllegalArgumentException(
                    "a chain of %d elements (expected: at most the queue size, %d; virtio 1.4, 2.7.5.3.1#3)"
                            .formatted(elements, size));
        }
        boolean indirect = indirectTables.suit(elements, free.count());
        int slots = indirect ? 1 : elements;
        if (slots > free.count()) {
            throw new QueueFullException(
                    "the queue is full: the transfer needs %d descriptors, %d of %d are free"
                            .formatted(slots, free.count(), size));
        }
        BufferClaim indirectTable = indirect ? indirectTables.allocate(elements) : null;
        int head = free.take(slots);
        if (indirectTable != null) {
            indirectTables.give(head, indirectTable);
        }
        chains[head] = chain;
        write(head);
        return head;
    }

    void release(int head) {
        indirectTables.free(head);
        chains[head] = null;
        free.giveBack(head);
    }

    long writableBytes(int head) {
        Chain chain = chains[head];
        return chain == null ? 0 : chain.writableBytes();
    }

    boolean isReserved(int head) {
        return chains[head] != null;
    }

    void writeAll() {
        for (int head = 0; head < size; head++) {
            if (chains[head] != null) {
                write(head);
            }
        }
    }

    /** Writes the descriptors of a chain that is not with the device. */
    void write(int head) {
        Chain chain = chain(head);
        if (!indirectTables.has(head)) {
            writeDirect(chain, head);
            return;
        }
        DescriptorTable elements = new DescriptorTable(indirectTables.segment(head));
        for (int i = 0; i < chain.count(); i++) {
            // Sequential, as IN_ORDER asks for and every device likes (2.7.5.3.1#5).
            elements.write(i, chain.address(i), chain.length(i), flags(chain, i), i + 1);
        }
        table.write(
                head,
                indirectTables.address(head),
                chain.count() * SplitLayout.DESCRIPTOR_BYTES,
                INDIRECT,
                0);
    }

    void freeTables() {
        indirectTables.freeAll();
    }

    void quarantineTables() {
        indirectTables.quarantineAll();
    }

    private void writeDirect(Chain chain, int head) {
        int slot = head;
        for (int i = 0; i < chain.count(); i++) {
            int next = free.next(slot);
            int flags = flags(chain, i);
            table.write(
                    slot, chain.address(i), chain.length(i), flags, (flags & NEXT) == 0 ? 0 : next);
            slot = next;
        }
    }

    private static int flags(Chain chain, int element) {
        return (element >= chain.readableCount() ? WRITE : 0)
                | (element + 1 < chain.count() ? NEXT : 0);
    }

    private Chain chain(int head) {
        Chain chain = chains[head];
        if (chain == null) {
            throw new IllegalStateException("no chain was reserved at descriptor " + head);
        }
        return chain;
    }
}
