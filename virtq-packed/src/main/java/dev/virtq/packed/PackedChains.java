package dev.virtq.packed;

import static dev.virtq.packed.PackedLayout.INDIRECT;
import static dev.virtq.packed.PackedLayout.NEXT;
import static dev.virtq.packed.PackedLayout.UNALIGNED_LONG;
import static dev.virtq.packed.PackedLayout.WRITE;

import dev.virtq.memory.BufferClaim;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.IndirectTables;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The chains that have a buffer id, room in the ring, and their descriptors as they will be written
 * into it (virtio 1.4, sections 2.8.6, 2.8.7 and 2.8.13).
 *
 * <p>Ids have nothing to do with slots: a chain is in other slots whenever it is sent. So slots are
 * reserved by number only. As long as no more are reserved than there are, publishing finds room.
 */
final class PackedChains {
    private static final long[] NO_IMAGE = {};

    private final int size;
    private final IndirectTables indirectTables;
    private final @Nullable Chain[] chains;

    /**
     * For each id its descriptors, two words each, without the flags of the round. In the ring they
     * are written over, by used descriptors and by other chains.
     */
    private final long[][] images;

    /** For each id: how many descriptors it has now. */
    private final int[] slots;

    private final long[] writableBytes;

    /** For each id: how many slots are kept for it. */
    private final int[] reserved;

    private final int[] freeIds;
    private int freeIdCount;
    private int room;

    PackedChains(RingRequest request) {
        size = request.size();
        indirectTables = new IndirectTables(request);
        chains = new Chain[size];
        images = new long[size][];
        Arrays.fill(images, NO_IMAGE);
        slots = new int[size];
        writableBytes = new long[size];
        reserved = new int[size];
        freeIds = new int[size];
        Arrays.setAll(freeIds, i -> size - 1 - i); // the last is given first
        freeIdCount = size;
        room = size;
    }

    boolean mayBeIndirect() {
        return indirectTables.areAccepted();
    }

    int room() {
        return room;
    }

    int reserve(Chain chain) {
        int elements = chain.capacity();
        if (elements > size) {
            throw new IllegalArgumentException(
                    "a chain of %d elements (expected: at most the queue size, %d; virtio 1.4, 2.8.17#2)"
                            .formatted(elements, size));
        }
        boolean indirect = indirectTables.suit(elements, room);
        int wanted = indirect ? 1 : elements;
        if (wanted > room) {
            throw new QueueFullException(
                    "the queue is full: the transfer needs %d descriptors, %d of %d are free"
                            .formatted(wanted, room, size));
        }
        BufferClaim indirectTable = indirect ? indirectTables.allocate(elements) : null;
        int id = freeIds[--freeIdCount]; // there is one: every chain has at least one slot
        if (indirectTable != null) {
            indirectTables.give(id, indirectTable);
        }
        room -= wanted;
        reserved[id] = wanted;
        chains[id] = chain;
        images[id] = new long[2 * wanted];
        write(id);
        return id;
    }

    void release(int id) {
        if (chains[id] == null) {
            throw new IllegalStateException("no chain was reserved with id " + id);
        }
        indirectTables.free(id);
        chains[id] = null;
        images[id] = NO_IMAGE;
        slots[id] = 0;
        room += reserved[id];
        reserved[id] = 0;
        freeIds[freeIdCount++] = id;
    }

    /** {@return how many descriptors the chain has now; 0 when there is none with that id} */
    int slots(int id) {
        return slots[id];
    }

    /** {@return the chain's descriptors, two words each, without the flags of the round} */
    long[] image(int id) {
        return images[id];
    }

    long writableBytes(int id) {
        return writableBytes[id];
    }

    /** {@return the chain; null when there is none with that id} */
    @Nullable Chain chain(int id) {
        return chains[id];
    }

    boolean isIndirect(int id) {
        return indirectTables.has(id);
    }

    void writeAll() {
        for (int id = 0; id < size; id++) {
            if (chains[id] != null) {
                write(id);
            }
        }
    }

    /** Writes down the descriptors of a chain that is not with the device. */
    void write(int id) {
        Chain chain = chains[id];
        if (chain == null) {
            throw new IllegalStateException("no chain was reserved with id " + id);
        }
        writableBytes[id] = chain.writableBytes();
        long[] image = images[id];
        int count = chain.count();
        if (indirectTables.has(id)) {
            writeTable(chain, indirectTables.segment(id));
            image[0] = indirectTables.address(id);
            image[1] = Rest.of((long) count * PackedLayout.DESCRIPTOR_BYTES, id, INDIRECT);
            slots[id] = 1;
            return;
        }
        for (int i = 0; i < count; i++) {
            int flags = writeFlag(chain, i) | (i + 1 < count ? NEXT : 0);
            image[2 * i] = chain.address(i);
            // 2.8.6 wants the id in the last descriptor; in the others it does no harm, and shows
            // an onlooker what belongs together.
            image[2 * i + 1] = Rest.of(Integer.toUnsignedLong(chain.length(i)), id, flags);
        }
        slots[id] = count;
    }

    void freeTables() {
        indirectTables.freeAll();
    }

    void quarantineTables() {
        indirectTables.quarantineAll();
    }

    /** In a table there is no flag but WRITE, and no id (2.8.19#2, 2.8.7). */
    private static void writeTable(Chain chain, MemorySegment table) {
        for (int i = 0; i < chain.count(); i++) {
            long rest = Rest.of(Integer.toUnsignedLong(chain.length(i)), 0, writeFlag(chain, i));
            table.set(UNALIGNED_LONG, PackedLayout.address(i), chain.address(i));
            table.set(UNALIGNED_LONG, PackedLayout.rest(i), rest);
        }
    }

    private static int writeFlag(Chain chain, int element) {
        return element >= chain.readableCount() ? WRITE : 0;
    }
}
