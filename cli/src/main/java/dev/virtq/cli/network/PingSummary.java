package dev.virtq.cli.network;

import java.util.Arrays;

/**
 * What a run of pings came to. Times are in nanoseconds, and 0 when nothing was received.
 *
 * @param transmitted how many requests were sent
 * @param received how many came back in time, with the right bytes
 * @param mismatched how many came back with wrong bytes
 * @param minNanos the shortest round trip
 * @param medianNanos the middle one; of an even number, the mean of the middle two
 * @param averageNanos the mean
 * @param maxNanos the longest
 */
public record PingSummary(
        int transmitted,
        int received,
        int mismatched,
        long minNanos,
        long medianNanos,
        long averageNanos,
        long maxNanos) {

    /** {@return how many requests were not answered as they should, as a share of 1} */
    public double loss() {
        return transmitted == 0 ? 0 : (double) (transmitted - received) / transmitted;
    }

    /** {@return whether every request was answered as it should} */
    public boolean isComplete() {
        return received == transmitted;
    }

    /**
     * {@return the summary of a run}
     *
     * @param transmitted how many requests were sent
     * @param mismatched how many came back with wrong bytes
     * @param roundTrips of those that came back right, in nanoseconds
     */
    public static PingSummary of(int transmitted, int mismatched, long[] roundTrips) {
        if (roundTrips.length == 0) {
            return new PingSummary(transmitted, 0, mismatched, 0, 0, 0, 0);
        }
        long[] sorted = roundTrips.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        long median =
                sorted.length % 2 == 1
                        ? sorted[middle]
                        : sorted[middle - 1] + (sorted[middle] - sorted[middle - 1]) / 2;
        return new PingSummary(
                transmitted,
                sorted.length,
                mismatched,
                sorted[0],
                median,
                Arrays.stream(sorted).sum() / sorted.length,
                sorted[sorted.length - 1]);
    }
}
