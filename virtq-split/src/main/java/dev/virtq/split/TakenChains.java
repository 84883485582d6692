package dev.virtq.split;

/**
 * Which chains the device end has taken and not yet used. Not to be confused by a driver that makes
 * the same chain available again, nor by a device that uses what it does not have.
 */
sealed interface TakenChains permits TakenInAnyOrder, TakenInOrder {
    /** {@return whether the device has that chain} */
    boolean has(int head);

    void add(int head);

    /**
     * Lets go of a chain, and of those before it where the order counts.
     *
     * @param head any number
     * @return of how many
     * @throws IllegalStateException when the device does not have it
     */
    int remove(int head);

    static IllegalStateException missing(int head) {
        return new IllegalStateException(
                "chain %d cannot be used: it was not taken, or is used already".formatted(head));
    }
}
