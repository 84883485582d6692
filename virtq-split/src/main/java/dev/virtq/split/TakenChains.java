package dev.virtq.split;

/**
 * Which chains the device end has taken and not yet used. Not to be confused by a driver that makes
 * the same chain available again, nor by a device that uses what it does not have.
 */
abstract sealed class TakenChains permits TakenInAnyOrder, TakenInOrder {
    /** Takes note of a chain that exists. {@return false when the device has it already} */
    abstract boolean add(int head);

    /**
     * Lets go of a chain, and of those before it where the order counts.
     *
     * @param head any number
     * @return of how many
     * @throws IllegalStateException when the device does not have it
     */
    abstract int remove(int head);

    static IllegalStateException missing(int head) {
        return new IllegalStateException(
                "chain %d cannot be used: it was not taken, or is used already".formatted(head));
    }
}
