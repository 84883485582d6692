package dev.virtq.device;

/**
 * What became of the transfers that were with a device when it was lost, after another one was
 * connected to: each of them is counted once. What was only staged is not among them; it still is.
 *
 * @param completed how many the lost device had used, and were not yet taken; they come out of
 *     {@code poll} and {@code await} as ever
 * @param resumed how many the other device goes on with, which knows of them
 * @param sentAgain how many were sent again, in the same sendings, since they are idempotent
 * @param returned how many were returned to their owners; of detached ones, freed
 */
public record Recovery(int completed, int resumed, int sentAgain, int returned) {
    static final Recovery NONE = new Recovery(0, 0, 0, 0);

    Recovery withCompleted(int more) {
        return new Recovery(completed + more, resumed, sentAgain, returned);
    }

    /**
     * {@return the numbers for people, as in {@code 2 completed, 0 resumed, 64 sent again, 1
     * returned}}
     */
    @Override
    public String toString() {
        return "%d completed, %d resumed, %d sent again, %d returned"
                .formatted(completed, resumed, sentAgain, returned);
    }
}
