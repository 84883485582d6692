package dev.virtq.split;

import java.util.Arrays;

/**
 * Which chain was staged at which count: what the available ring says, in the driver's own memory.
 * A chain is in here from its staging until it is taken from the used ring; so this also tells what
 * is in flight.
 */
final class StagedOrder {
    /** The count of a chain that is not in the ring: later than any. */
    static final long NOT_IN_RING = Long.MAX_VALUE;

    private static final int NOT_WRITTEN = -1;

    private final int mask;
    private final long[] counts;
    private final int[] ids;

    /** For each entry of the available ring: the head that was written there last. */
    private final int[] heads;

    StagedOrder(int size) {
        mask = size - 1;
        counts = new long[size];
        ids = new int[size];
        heads = new int[size];
        clear();
    }

    void put(long count, int id) {
        counts[id] = count;
        ids[(int) count & mask] = id;
    }

    void remove(int id) {
        counts[id] = NOT_IN_RING;
    }

    void clear() {
        Arrays.fill(counts, NOT_IN_RING);
        Arrays.fill(heads, NOT_WRITTEN);
    }

    /**
     * Takes note of the head that the available ring shall have at that count.
     *
     * @return whether it has another one there, from an earlier round
     */
    boolean isNews(long count, int head) {
        int entry = (int) count & mask;
        if (heads[entry] == head) {
            return false;
        }
        heads[entry] = head;
        return true;
    }

    /** {@return at which count the chain was staged, or {@link #NOT_IN_RING}} */
    long countOf(int id) {
        return counts[id];
    }

    /** {@return which chain was staged at that count; it must still be in the ring} */
    int idAt(long count) {
        return ids[(int) count & mask];
    }
}
