package dev.virtq.split;

import java.lang.foreign.MemorySegment;

/**
 * A device that uses chains in the order in which they were made available (virtio 1.4, section
 * 2.7.9). It may tell of a whole batch with one entry, where the first of the batch would be, with
 * the head of the last; the index moves by the size of the batch. The entries in between are never
 * looked at: what is in them is from earlier rounds.
 */
final class UsedInOrder extends UsedChains {
    /** The count after the last chain of the batch that was read last. */
    private long batchEnd;

    /** What the device told of the last chain of that batch. */
    private long batchLength;

    UsedInOrder(MemorySegment used, SplitChains chains, StagedOrder order, UsedRingFaults faults) {
        super(used, chains, order, faults);
    }

    @Override
    int take(long taken, long seen, long published) {
        int id = order.idAt(taken);
        if (taken >= batchEnd) {
            readBatch(taken, seen, published, id);
        }
        lengthIsAssumed = taken + 1 < batchEnd;
        length = lengthIsAssumed ? chains.writableBytes(id) : batchLength;
        return id;
    }

    @Override
    void clear() {
        batchEnd = 0;
    }

    long batchEnd() {
        return batchEnd;
    }

    long batchLength() {
        return batchLength;
    }

    private void readBatch(long taken, long seen, long published, int next) {
        long entry = entry(taken);
        int head = (int) entry;
        long written = entry >>> 32;
        if (chains.headOf(next, true) == head && written <= chains.writableBytes(next)) {
            batchEnd = taken + 1; // most devices use an entry for each
            batchLength = written;
            return;
        }
        int last = Integer.compareUnsigned(head, size) < 0 ? chains.idOf(head) : SplitChains.NONE;
        if (last == SplitChains.NONE || order.countOf(last) >= published) {
            throw faults.id(taken, head, written);
        }
        // What is in flight was staged after all that was taken: the batch has one chain or more.
        long end = order.countOf(last) + 1;
        if (end > seen) {
            throw faults.batch(taken, head, written, end - taken, seen - taken);
        }
        long room = chains.writableBytes(last);
        if (written > room) {
            throw faults.length(taken, head, written, room);
        }
        batchEnd = end;
        batchLength = written;
    }
}
