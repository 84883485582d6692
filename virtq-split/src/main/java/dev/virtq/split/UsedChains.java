package dev.virtq.split;

import static dev.virtq.split.SplitLayout.UNALIGNED_LONG;

import java.lang.foreign.MemorySegment;

/**
 * Which chains the used ring gives back (virtio 1.4, section 2.7.8), after each has been checked.
 * The device can write there at any time: each entry is read once.
 *
 * <p>A class and not an interface, so that a program that has one kind of device calls it directly.
 */
abstract sealed class UsedChains permits UsedInAnyOrder, UsedInOrder {
    final int size;
    final SplitChains chains;
    final StagedOrder order;
    final UsedRingFaults faults;

    /** How many bytes the device wrote, for the chain that was taken last. */
    long length;

    /** Whether the device has not told that length. */
    boolean lengthIsAssumed;

    private final MemorySegment used;
    private final int mask;

    UsedChains(MemorySegment used, SplitChains chains, StagedOrder order, UsedRingFaults faults) {
        this.used = used;
        this.chains = chains;
        this.order = order;
        this.faults = faults;
        size = faults.size();
        mask = size - 1;
    }

    /**
     * Takes the next one. A fault of the device is thrown, and then nothing has changed.
     *
     * @param taken how many were taken before
     * @param seen how far the used index is; more than {@code taken}
     * @param published how many chains the device can know of
     * @return its id
     */
    abstract int take(long taken, long seen, long published);

    /** Starts afresh. */
    abstract void clear();

    /** {@return {@code le32 id} in the lower half, {@code le32 len} in the upper one} */
    final long entry(long taken) {
        return used.get(UNALIGNED_LONG, SplitLayout.usedEntry((int) taken & mask));
    }
}
