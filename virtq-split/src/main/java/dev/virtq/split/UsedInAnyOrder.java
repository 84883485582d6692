package dev.virtq.split;

import java.lang.foreign.MemorySegment;

/** A device that uses chains in an order of its own: there is an entry for each of them. */
final class UsedInAnyOrder extends UsedChains {

    UsedInAnyOrder(
            MemorySegment used, SplitChains chains, StagedOrder order, UsedRingFaults faults) {
        super(used, chains, order, faults);
    }

    @Override
    int take(long taken, long seen, long published) {
        long entry = entry(taken);
        int id = (int) entry;
        long written = entry >>> 32;
        if (Integer.compareUnsigned(id, size) >= 0 || order.countOf(id) >= published) {
            throw faults.id(taken, id, written);
        }
        long room = chains.writableBytes(id);
        if (written > room) {
            throw faults.length(taken, id, written, room);
        }
        length = written;
        return id;
    }

    @Override
    void clear() {
        // Each entry stands for itself.
    }
}
