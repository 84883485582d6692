package dev.virtq.split;

import static dev.virtq.split.SplitLayout.UNALIGNED_LONG;

import java.lang.foreign.MemorySegment;

/**
 * A device that uses chains in the order in which they were made available (virtio 1.4, section
 * 2.7.9). It may tell of a whole batch with one entry, where the first of the batch would be, with
 * the head of the last; the index moves by the size of the batch. The entries in between are never
 * looked at: what is in them is from earlier rounds.
 */
final class UsedInOrder implements UsedChains {
    private final MemorySegment used;
    private final int size;
    private final int mask;
    private final SplitChains chains;
    private final StagedOrder order;
    private final UsedRingFaults faults;

    /** The count after the last chain of the batch that was read last. */
    private long batchEnd;

    /** What the device told of the last chain of that batch. */
    private long batchLength;

    private long length;
    private boolean assumed;

    UsedInOrder(MemorySegment used, SplitChains chains, StagedOrder order, UsedRingFaults faults) {
        this.used = used;
        this.chains = chains;
        this.order = order;
        this.faults = faults;
        size = faults.size();
        mask = size - 1;
    }

    @Override
    public int take(long taken, long seen, long published) {
        if (taken >= batchEnd) {
            readBatch(taken, seen, published);
        }
        int id = order.idAt(taken);
        assumed = taken + 1 < batchEnd;
        length = assumed ? chains.chain(id).writableBytes() : batchLength;
        return id;
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean lengthIsAssumed() {
        return assumed;
    }

    @Override
    public void clear() {
        batchEnd = 0;
    }

    long batchEnd() {
        return batchEnd;
    }

    long batchLength() {
        return batchLength;
    }

    private void readBatch(long taken, long seen, long published) {
        long entry = used.get(UNALIGNED_LONG, SplitLayout.usedEntry((int) taken & mask));
        int head = (int) entry;
        long written = entry >>> 32;
        int last = Integer.compareUnsigned(head, size) < 0 ? chains.idOf(head) : SplitChains.NONE;
        if (last == SplitChains.NONE || order.countOf(last) >= published) {
            throw faults.id(taken, head, written);
        }
        // What is in flight was staged after all that was taken: the batch has one chain or more.
        long end = order.countOf(last) + 1;
        if (end > seen) {
            throw faults.batch(taken, head, written, end - taken, seen - taken);
        }
        long room = chains.chain(last).writableBytes();
        if (written > room) {
            throw faults.length(taken, head, written, room);
        }
        batchEnd = end;
        batchLength = written;
    }
}
