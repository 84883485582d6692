package dev.virtq.split;

/**
 * Which chains the used ring gives back (virtio 1.4, section 2.7.8), after each has been checked.
 * The device can write there at any time: each entry is read once.
 */
sealed interface UsedChains permits UsedInAnyOrder, UsedInOrder {
    /**
     * Takes the next one. A fault of the device is thrown, and then nothing has changed.
     *
     * @param taken how many were taken before
     * @param seen how far the used index is; more than {@code taken}
     * @param published how many chains the device can know of
     * @return its id
     */
    int take(long taken, long seen, long published);

    /** {@return how many bytes the device wrote, for the chain that was taken last} */
    long length();

    /** {@return whether the device has not told that length} */
    boolean lengthIsAssumed();

    /** Starts afresh. */
    void clear();
}
