package dev.virtq.cli.network;

import java.time.Duration;

/** The limits that every client has on its patience. */
final class Waiting {
    /** Long enough for anybody, and far from overflowing a clock of nanoseconds. */
    static final Duration LONGEST = Duration.ofHours(24);

    private Waiting() {}

    static void check(int attempts, Duration timeout) {
        if (attempts <= 0) {
            throw new IllegalArgumentException(
                    "%d attempts (expected: at least 1)".formatted(attempts));
        }
        check(timeout);
    }

    static void check(Duration timeout) {
        if (timeout.isZero() || timeout.isNegative() || timeout.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "a timeout of %s (expected: more than 0, at most 24 h)"
                            .formatted(text(timeout)));
        }
    }

    static String text(Duration duration) {
        if (duration.toNanosPart() % 1_000_000 != 0) {
            return duration.toString();
        }
        return duration.toMillisPart() == 0
                ? duration.toSeconds() + " s"
                : duration.toMillis() + " ms";
    }
}
