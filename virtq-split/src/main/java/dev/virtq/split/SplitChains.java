package dev.virtq.split;

import static dev.virtq.split.SplitLayout.INDIRECT;
import static dev.virtq.split.SplitLayout.NEXT;
import static dev.virtq.split.SplitLayout.WRITE;

import dev.virtq.device.CommonFeature;
import dev.virtq.memory.BufferClaim;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.IndirectTables;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The chains that were reserved, each known by its id: what is in them, and which descriptors or
 * which indirect table they have (virtio 1.4, sections 2.7.5 and 2.7.5.3). Where in the table their
 * descriptors are depends on whether VIRTIO_F_IN_ORDER was accepted.
 */
abstract sealed class SplitChains permits StandingChains, RollingChains {
    /** No chain, or no descriptor. */
    static final int NONE = -1;

    final int size;
    private final DescriptorTable table;
    private final IndirectTables indirectTables;
    private final @Nullable Chain[] chains;

    /** For each id what the device may write, beside the others: each used entry is held to it. */
    private final long[] writableBytes;

    SplitChains(RingRequest request, MemorySegment descriptors) {
        size = request.size();
        table = new DescriptorTable(descriptors);
        indirectTables = new IndirectTables(request);
        chains = new Chain[size];
        writableBytes = new long[size];
    }

    static SplitChains of(RingRequest request, MemorySegment descriptors) {
        return request.accepted().contains(CommonFeature.IN_ORDER)
                ? new RollingChains(request, descriptors)
                : new StandingChains(request, descriptors);
    }

    /** {@return how many descriptors nobody has reserved} */
    abstract int room();

    /** Reserves descriptors, of which there are enough. {@return the id of who has them now} */
    abstract int take(int slots);

    abstract void giveBack(int id);

    /** Writes what of a chain is in memory while it is not in the ring. */
    abstract void write(int id);

    /** A chain is not what it was. */
    final void rewrite(int id) {
        writableBytes[id] = chain(id).writableBytes();
        write(id);
    }

    final long writableBytes(int id) {
        return writableBytes[id];
    }

    /** Makes a chain ready for the next entry of the available ring. {@return its head} */
    abstract int place(int id);

    /** A staged chain is taken back; those that were placed after it will be placed again. */
    abstract void displace(int id);

    /**
     * {@return which chain has that head; it need not be in the ring. {@link #NONE} if none has}
     */
    abstract int idOf(int head);

    /** {@return the head of a chain that is in the ring, or has one anyway; else {@link #NONE}} */
    abstract int headOf(int id, boolean inRing);

    /** Starts afresh: nothing is in the ring, and the device may have written over everything. */
    void restart() {
        for (int id = 0; id < size; id++) {
            if (chains[id] != null) {
                rewrite(id);
            }
        }
    }

    final int reserve(Chain chain) {
        int elements = chain.capacity();
        if (elements > size) {
            throw new IllegalArgumentException(
                    "a chain of %d elements (expected: at most the queue size, %d; virtio 1.4, 2.7.5.3.1#3)"
                            .formatted(elements, size));
        }
        int free = room();
        boolean indirect = indirectTables.suit(elements, free);
        int slots = indirect ? 1 : elements;
        if (slots > free) {
            throw new QueueFullException(
                    "the queue is full: the transfer needs %d descriptors, %d of %d are free"
                            .formatted(slots, free, size));
        }
        BufferClaim indirectTable = indirect ? indirectTables.allocate(elements) : null;
        int id = take(slots);
        if (indirectTable != null) {
            indirectTables.give(id, indirectTable);
        }
        chains[id] = chain;
        rewrite(id);
        return id;
    }

    final void release(int id) {
        indirectTables.free(id);
        chains[id] = null;
        giveBack(id);
    }

    final boolean mayBeIndirect() {
        return indirectTables.areAccepted();
    }

    final boolean isReserved(int id) {
        return chains[id] != null;
    }

    final boolean isIndirect(int id) {
        return indirectTables.has(id);
    }

    final Chain chain(int id) {
        Chain chain = chains[id];
        if (chain == null) {
            throw new IllegalStateException("no chain was reserved with id " + id);
        }
        return chain;
    }

    final void freeTables() {
        indirectTables.freeAll();
    }

    final void quarantineTables() {
        indirectTables.quarantineAll();
    }

    /** Writes one element of a chain into the descriptor table. */
    final void writeElement(int slot, Chain chain, int element, int next) {
        int flags = flags(chain, element);
        table.write(
                slot,
                chain.address(element),
                chain.length(element),
                flags,
                (flags & NEXT) == 0 ? 0 : next);
    }

    /** Writes the descriptor that refers to a chain's indirect table. */
    final void writeReferring(int slot, int id) {
        int bytes = chain(id).count() * SplitLayout.DESCRIPTOR_BYTES;
        table.write(slot, indirectTables.address(id), bytes, INDIRECT, 0);
    }

    /** Writes a chain's indirect table. */
    final void writeIndirect(int id) {
        Chain chain = chain(id);
        DescriptorTable elements = new DescriptorTable(indirectTables.segment(id));
        for (int i = 0; i < chain.count(); i++) {
            // Sequential, as IN_ORDER asks for and every device likes (2.7.5.3.1#5).
            elements.write(i, chain.address(i), chain.length(i), flags(chain, i), i + 1);
        }
    }

    private static int flags(Chain chain, int element) {
        return (element >= chain.readableCount() ? WRITE : 0)
                | (element + 1 < chain.count() ? NEXT : 0);
    }
}
