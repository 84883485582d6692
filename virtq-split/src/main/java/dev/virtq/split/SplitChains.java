package dev.virtq.split;

import static dev.virtq.split.SplitLayout.INDIRECT;
import static dev.virtq.split.SplitLayout.NEXT;
import static dev.virtq.split.SplitLayout.WRITE;

import dev.virtq.device.CommonFeature;
import dev.virtq.memory.BufferClaim;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The chains that have descriptors: which descriptors, or which indirect table (virtio 1.4,
 * sections 2.7.5 and 2.7.5.3). A chain is known by its head, the index of its first descriptor.
 */
final class SplitChains {
    private final int size;
    private final boolean mayBeIndirect;
    private final IndirectUse indirectUse;
    private final DmaMemory memory;
    private final DescriptorTable table;
    private final FreeDescriptors free;
    private final @Nullable Chain[] chains;
    private final @Nullable BufferClaim[] indirectTables;

    SplitChains(RingRequest request, MemorySegment descriptors) {
        size = request.size();
        mayBeIndirect = request.accepted().contains(CommonFeature.INDIRECT_DESC);
        indirectUse = request.indirect();
        memory = request.memory();
        table = new DescriptorTable(descriptors);
        free = new FreeDescriptors(size);
        chains = new Chain[size];
        indirectTables = new BufferClaim[size];
    }

    boolean mayBeIndirect() {
        return mayBeIndirect;
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
        boolean indirect = isIndirectFor(elements);
        int slots = indirect ? 1 : elements;
        if (slots > free.count()) {
            throw new QueueFullException(
                    "the queue is full: the transfer needs %d descriptors, %d of %d are free"
                            .formatted(slots, free.count(), size));
        }
        BufferClaim indirectTable = indirect ? allocateTable(elements) : null;
        int head = free.take(slots);
        indirectTables[head] = indirectTable;
        chains[head] = chain;
        write(head);
        return head;
    }

    void release(int head) {
        BufferClaim indirectTable = indirectTables[head];
        if (indirectTable != null) {
            indirectTable.free();
            indirectTables[head] = null;
        }
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
        BufferClaim indirectTable = indirectTables[head];
        if (indirectTable == null) {
            writeDirect(chain, head);
            return;
        }
        DescriptorTable elements = new DescriptorTable(indirectTable.segment());
        for (int i = 0; i < chain.count(); i++) {
            // Sequential, as IN_ORDER asks for and every device likes (2.7.5.3.1#5).
            elements.write(i, chain.address(i), chain.length(i), flags(chain, i), i + 1);
        }
        table.write(
                head,
                indirectTable.extents().getFirst().address(),
                chain.count() * SplitLayout.DESCRIPTOR_BYTES,
                INDIRECT,
                0);
    }

    void freeTables() {
        for (int head = 0; head < size; head++) {
            BufferClaim indirectTable = indirectTables[head];
            if (indirectTable != null) {
                indirectTable.free();
                indirectTables[head] = null;
            }
        }
    }

    void quarantineTables() {
        for (int head = 0; head < size; head++) {
            BufferClaim indirectTable = indirectTables[head];
            if (indirectTable != null) {
                indirectTable.quarantine();
                indirectTables[head] = null;
            }
        }
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

    private boolean isIndirectFor(int elements) {
        if (!mayBeIndirect || elements < 2) {
            return false;
        }
        return switch (indirectUse) {
            case WHEN_IT_SAVES_SLOTS -> true;
            case WHEN_SLOTS_ARE_SHORT -> elements > free.count();
            case NEVER -> false;
        };
    }

    private BufferClaim allocateTable(int elements) {
        return memory.allocateContiguous(
                        (long) elements * SplitLayout.DESCRIPTOR_BYTES,
                        SplitLayout.DESCRIPTOR_BYTES)
                .claim(RingsOwnMemory.INDIRECT_TABLE);
    }

    private Chain chain(int head) {
        Chain chain = chains[head];
        if (chain == null) {
            throw new IllegalStateException("no chain was reserved at descriptor " + head);
        }
        return chain;
    }
}
