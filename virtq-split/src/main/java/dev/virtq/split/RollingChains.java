package dev.virtq.split;

import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Chains whose descriptors are placed at each sending, in the slots that follow those of the chain
 * before, as VIRTIO_F_IN_ORDER asks for: from the first to the last of the table, and from there to
 * the first again (virtio 1.4, 2.7.5 and 2.7.5.2#2). Who sends the same chains in the same order
 * again, and fills the table with them, finds each in its place, and nothing is written.
 *
 * <p>What is in the ring is then one run of slots. It is never longer than what was reserved, and
 * no more is reserved than there is; so whoever has a reservation finds room, wherever the run
 * begins. A device cannot break that: the run gets shorter only as chains are taken, in order.
 *
 * <p>Ids have nothing to do with slots. An indirect table is written when its chain is reserved,
 * and stays; only the descriptor that refers to it moves.
 */
final class RollingChains extends SplitChains {
    private final int mask;
    private final int[] freeIds;
    private int freeIdCount;

    /** For each id: how many slots it has reserved. */
    private final int[] reserved;

    private int free;

    /** For each id: how many slots it has now. */
    private final int[] slots;

    /** For each id: where its first descriptor was put last; {@link #NONE} once it has changed. */
    private final int[] heads;

    /** For each slot: the chain of which a descriptor was put there last; or {@link #NONE}. */
    private final int[] ids;

    private int nextSlot;

    RollingChains(RingRequest request, MemorySegment descriptors) {
        super(request, descriptors);
        mask = size - 1;
        freeIds = new int[size];
        Arrays.setAll(freeIds, i -> size - 1 - i); // so that the first id is 0
        freeIdCount = size;
        reserved = new int[size];
        free = size;
        heads = new int[size];
        Arrays.fill(heads, NONE);
        ids = new int[size];
        Arrays.fill(ids, NONE);
        slots = new int[size];
    }

    @Override
    int room() {
        return free;
    }

    @Override
    int take(int slots) {
        int id = freeIds[--freeIdCount]; // there is one: each chain has a slot or more
        reserved[id] = slots;
        free -= slots;
        return id;
    }

    @Override
    void giveBack(int id) {
        free += reserved[id];
        freeIds[freeIdCount++] = id;
    }

    @Override
    void write(int id) {
        heads[id] = NONE;
        if (isIndirect(id)) {
            slots[id] = 1;
            writeIndirect(id);
        } else {
            slots[id] = chain(id).count();
        }
    }

    @Override
    int place(int id) {
        int head = nextSlot;
        int behind = (head + slots[id]) & mask;
        // What is there still, from an earlier round, stays in the device's cache. Whoever writes
        // to the slots behind the first has come past that one, and written to it.
        if (ids[head] != id || heads[id] != head) {
            heads[id] = head;
            for (int i = 0; i < slots[id]; i++) {
                ids[(head + i) & mask] = id;
            }
            if (isIndirect(id)) {
                writeReferring(head, id);
            } else {
                writeElements(head, chain(id));
            }
        }
        nextSlot = behind;
        return head;
    }

    @Override
    void displace(int id) {
        nextSlot = heads[id];
    }

    @Override
    int idOf(int head) {
        int id = ids[head];
        return id != NONE && heads[id] == head ? id : NONE;
    }

    @Override
    int headOf(int id, boolean inRing) {
        return inRing ? heads[id] : NONE;
    }

    @Override
    void restart() {
        nextSlot = 0; // 2.7.5: a ring starts at the first slot
        super.restart();
    }

    private void writeElements(int head, Chain chain) {
        int slot = head;
        for (int i = 0; i < chain.count(); i++) {
            int next = (slot + 1) & mask;
            writeElement(slot, chain, i, next);
            slot = next;
        }
    }
}
