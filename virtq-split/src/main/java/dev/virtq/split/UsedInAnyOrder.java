package dev.virtq.split;

import static dev.virtq.split.SplitLayout.UNALIGNED_LONG;

import java.lang.foreign.MemorySegment;

/** A device that uses chains in an order of its own: there is an entry for each of them. */
final class UsedInAnyOrder implements UsedChains {
    private final MemorySegment used;
    private final int size;
    private final int mask;
    private final SplitChains chains;
    private final StagedOrder order;
    private final UsedRingFaults faults;
    private long length;

    UsedInAnyOrder(
            MemorySegment used, SplitChains chains, StagedOrder order, UsedRingFaults faults) {
        this.used = used;
        this.chains = chains;
        this.order = order;
        this.faults = faults;
        size = faults.size();
        mask = size - 1;
    }

    @Override
    public int take(long taken, long seen, long published) {
        long entry = used.get(UNALIGNED_LONG, SplitLayout.usedEntry((int) taken & mask));
        int id = (int) entry;
        long written = entry >>> 32;
        if (Integer.compareUnsigned(id, size) >= 0 || order.countOf(id) >= published) {
            throw faults.id(taken, id, written);
        }
        long room = chains.chain(id).writableBytes();
        if (written > room) {
            throw faults.length(taken, id, written, room);
        }
        length = written;
        return id;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean lengthIsAssumed() {
        return false;
    }

    @Override
    public void clear() {
        // Each entry stands for itself.
    }
}
