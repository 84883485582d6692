package dev.virtq.cli.network;

import java.time.Duration;

/**
 * What to ping, and how.
 *
 * @param target who should answer
 * @param count how many echo requests to send, 1 to 65536, so that no sequence number comes twice
 * @param size the number of payload bytes of each
 * @param interval the time from one request to the next; the next one is sent no earlier than the
 *     answer to the one before, or its timeout; zero sends it at once
 * @param timeout how long to wait for each reply; positive
 */
public record PingRequest(
        Ipv4Address target, int count, int size, Duration interval, Duration timeout) {
    static final int LARGEST_COUNT = 65536;

    /** Checks that the figures make sense. */
    public PingRequest {
        if (!target.isUnicast()) {
            throw new IllegalArgumentException(
                    "%s is not the address of one host".formatted(target));
        }
        if (count < 1 || count > LARGEST_COUNT) {
            throw new IllegalArgumentException(
                    "a count of %d (expected: 1..%d)".formatted(count, LARGEST_COUNT));
        }
        if (size < 0) {
            throw new IllegalArgumentException(
                    "a size of %d bytes (expected: >= 0)".formatted(size));
        }
        if (interval.isNegative() || interval.compareTo(Waiting.LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "an interval of %s (expected: 0 to 24 h)".formatted(Waiting.text(interval)));
        }
        Waiting.check(timeout);
    }

    /**
     * The usual: four requests of 56 bytes, a second apart, waiting a second for each.
     *
     * @param target who should answer
     * @return the request
     */
    public static PingRequest to(Ipv4Address target) {
        return new PingRequest(target, 4, 56, Duration.ofSeconds(1), Duration.ofSeconds(1));
    }

    /**
     * The same with another count.
     *
     * @param newCount how many echo requests to send
     * @return a new request
     */
    public PingRequest withCount(int newCount) {
        return new PingRequest(target, newCount, size, interval, timeout);
    }

    /**
     * The same with another payload size.
     *
     * @param newSize the number of payload bytes
     * @return a new request
     */
    public PingRequest withSize(int newSize) {
        return new PingRequest(target, count, newSize, interval, timeout);
    }

    /**
     * The same with another interval.
     *
     * @param newInterval the time from one request to the next
     * @return a new request
     */
    public PingRequest withInterval(Duration newInterval) {
        return new PingRequest(target, count, size, newInterval, timeout);
    }

    /**
     * The same with another timeout.
     *
     * @param newTimeout how long to wait for each reply
     * @return a new request
     */
    public PingRequest withTimeout(Duration newTimeout) {
        return new PingRequest(target, count, size, interval, newTimeout);
    }
}
