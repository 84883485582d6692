package dev.virtq.drivers.fs.fuse;

import dev.virtq.device.FeatureSet;
import dev.virtq.queue.QueueOptions;
import java.time.Duration;

/**
 * How a connection is made.
 *
 * @param queue how each queue is set up
 * @param largestTransfer the most bytes of payload in one request; the server may allow less
 * @param timeout how long a request may take before the waiter gives up; a lock waits as long as it
 *     takes
 * @param user whom requests come from: a number of the server's system
 * @param group whose group they come from
 * @param refused features of the device that are not to be accepted
 */
public record FuseOptions(
        QueueOptions queue,
        int largestTransfer,
        Duration timeout,
        int user,
        int group,
        FeatureSet refused) {
    /** The least that every server has to take in one WRITE. */
    private static final int LEAST_TRANSFER = 4096;

    /** Queues of the usual size, a megabyte at a time, half a minute, as root. */
    public static final FuseOptions DEFAULT =
            new FuseOptions(
                    QueueOptions.DEFAULT, 1 << 20, Duration.ofSeconds(30), 0, 0, FeatureSet.EMPTY);

    /** Refuses transfers of less than a page. */
    public FuseOptions {
        if (largestTransfer < LEAST_TRANSFER) {
            throw new IllegalArgumentException(
                    "%d bytes in one request (expected: 4096 or more)".formatted(largestTransfer));
        }
    }

    /**
     * {@return these options with other queues}
     *
     * @param options how each queue is set up
     */
    public FuseOptions withQueue(QueueOptions options) {
        return new FuseOptions(options, largestTransfer, timeout, user, group, refused);
    }

    /**
     * {@return these options with another largest transfer}
     *
     * @param bytes the most bytes of payload in one request; 4096 or more
     */
    public FuseOptions withLargestTransfer(int bytes) {
        return new FuseOptions(queue, bytes, timeout, user, group, refused);
    }

    /**
     * {@return these options with another timeout}
     *
     * @param time how long a request may take
     */
    public FuseOptions withTimeout(Duration time) {
        return new FuseOptions(queue, largestTransfer, time, user, group, refused);
    }

    /**
     * {@return these options with another user}
     *
     * @param userNumber whom requests come from
     * @param groupNumber whose group they come from
     */
    public FuseOptions as(int userNumber, int groupNumber) {
        return new FuseOptions(queue, largestTransfer, timeout, userNumber, groupNumber, refused);
    }

    /**
     * {@return these options without features}
     *
     * @param features that are not to be accepted
     */
    public FuseOptions refusing(FeatureSet features) {
        return new FuseOptions(queue, largestTransfer, timeout, user, group, features);
    }
}
