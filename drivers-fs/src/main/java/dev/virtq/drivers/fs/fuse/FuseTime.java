package dev.virtq.drivers.fs.fuse;

import java.time.Instant;

/**
 * A time as the protocol has it.
 *
 * @param seconds since 1970; signed
 * @param nanos 0 to 999,999,999
 */
public record FuseTime(long seconds, int nanos) {
    private static final int SECOND = 1_000_000_000;

    /** What {@link Instant} has room for: a thousand million years. */
    private static final long EARLIEST = Instant.MIN.getEpochSecond();

    private static final long LATEST = Instant.MAX.getEpochSecond();

    /** Refuses nanoseconds that make up a second. */
    public FuseTime {
        if (nanos < 0 || nanos >= SECOND) {
            throw new IllegalArgumentException(
                    "%d nanoseconds (expected: 0..999999999)".formatted(nanos));
        }
    }

    static FuseTime checked(MessageReader in, long seconds, int nanos)
            throws FuseProtocolException {
        if (seconds < EARLIEST || seconds > LATEST) {
            throw in.nonsense("a time of %d seconds since 1970".formatted(seconds));
        }
        return new FuseTime(seconds, checkedNanos(in, nanos));
    }

    static int checkedNanos(MessageReader in, int nanos) throws FuseProtocolException {
        if (nanos < 0 || nanos >= SECOND) {
            throw in.nonsense(
                    "a time of %s nanoseconds".formatted(Integer.toUnsignedString(nanos)));
        }
        return nanos;
    }
}
