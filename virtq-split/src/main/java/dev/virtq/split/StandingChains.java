package dev.virtq.split;

import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.MemorySegment;

/**
 * Chains whose descriptors are written when they are reserved, and stay where they are: to send one
 * again costs one entry of the available ring. The id of a chain is its head.
 */
final class StandingChains extends SplitChains {
    private final FreeDescriptors free;

    StandingChains(RingRequest request, MemorySegment descriptors) {
        super(request, descriptors);
        free = new FreeDescriptors(size);
    }

    @Override
    int room() {
        return free.count();
    }

    @Override
    int take(int slots) {
        return free.take(slots);
    }

    @Override
    void giveBack(int id) {
        free.giveBack(id);
    }

    @Override
    void write(int id) {
        if (isIndirect(id)) {
            writeIndirect(id);
            writeReferring(id, id);
            return;
        }
        Chain chain = chain(id);
        int slot = id;
        for (int i = 0; i < chain.count(); i++) {
            int next = free.next(slot);
            writeElement(slot, chain, i, next);
            slot = next;
        }
    }

    @Override
    int place(int id) {
        return id;
    }

    @Override
    void displace(int id) {
        // Its descriptors, and those of all others, stay where they are.
    }

    @Override
    int idOf(int head) {
        return head;
    }

    @Override
    int headOf(int id, boolean inRing) {
        return id;
    }
}
