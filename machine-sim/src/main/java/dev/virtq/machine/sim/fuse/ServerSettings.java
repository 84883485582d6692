package dev.virtq.machine.sim.fuse;

import java.time.Duration;

/**
 * What a server is like.
 *
 * @param minor the newest minor version of FUSE 7 that it speaks, 31 to 45
 * @param readOnly whether nothing is changed
 * @param largestWrite how many bytes a WRITE may have, 4096 or more
 * @param entryTimeout how long the driver may trust a name
 * @param attributeTimeout how long the driver may trust what is known of a file
 */
public record ServerSettings(
        int minor,
        boolean readOnly,
        int largestWrite,
        Duration entryTimeout,
        Duration attributeTimeout) {
    /** The oldest minor version. */
    public static final int OLDEST = 31;

    /** The newest minor version. */
    public static final int NEWEST = 45;

    /** The newest version, writable, a megabyte at a time, everything trusted for a second. */
    public static final ServerSettings DEFAULT =
            new ServerSettings(
                    NEWEST, false, 1 << 20, Duration.ofSeconds(1), Duration.ofSeconds(1));

    private static final int LEAST_WRITE = 4096;

    /** Refuses what no driver could talk to. */
    public ServerSettings {
        if (minor < OLDEST || minor > NEWEST) {
            throw new IllegalArgumentException(
                    "FUSE 7.%d (expected: 7.%d..7.%d)".formatted(minor, OLDEST, NEWEST));
        }
        if (largestWrite < LEAST_WRITE) {
            throw new IllegalArgumentException(
                    "at most %d bytes in a WRITE (expected: %d or more)"
                            .formatted(largestWrite, LEAST_WRITE));
        }
        if (entryTimeout.isNegative() || attributeTimeout.isNegative()) {
            throw new IllegalArgumentException("a timeout below 0 (expected: 0 or more)");
        }
    }
}
