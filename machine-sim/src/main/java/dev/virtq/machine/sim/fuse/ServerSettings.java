package dev.virtq.machine.sim.fuse;

import java.time.Duration;
import java.util.Set;

/**
 * What a server is like.
 *
 * @param minor the newest minor version of FUSE 7 that it speaks, 31 to 45
 * @param readOnly whether nothing is changed
 * @param largestWrite how many bytes a WRITE may have, 4096 or more
 * @param entryTimeout how long the driver may trust a name
 * @param attributeTimeout how long the driver may trust what is known of a file
 * @param unknown numbers of requests that it does not know, although its version has them
 */
public record ServerSettings(
        int minor,
        boolean readOnly,
        int largestWrite,
        Duration entryTimeout,
        Duration attributeTimeout,
        Set<Integer> unknown) {
    /** The oldest minor version. */
    public static final int OLDEST = 31;

    /** The newest minor version. */
    public static final int NEWEST = 45;

    /** The newest version, writable, a megabyte at a time, everything trusted for a second. */
    public static final ServerSettings DEFAULT =
            new ServerSettings(
                    NEWEST, false, 1 << 20, Duration.ofSeconds(1), Duration.ofSeconds(1), Set.of());

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
        unknown = Set.copyOf(unknown);
    }

    /**
     * {@return these settings with another version}
     *
     * @param newest the newest minor version that it speaks
     */
    public ServerSettings withMinor(int newest) {
        return new ServerSettings(
                newest, readOnly, largestWrite, entryTimeout, attributeTimeout, unknown);
    }

    /** {@return these settings, and nothing is changed} */
    public ServerSettings withReadOnly() {
        return new ServerSettings(
                minor, true, largestWrite, entryTimeout, attributeTimeout, unknown);
    }

    /**
     * {@return these settings with another limit}
     *
     * @param bytes how many a WRITE may have
     */
    public ServerSettings withLargestWrite(int bytes) {
        return new ServerSettings(minor, readOnly, bytes, entryTimeout, attributeTimeout, unknown);
    }

    /**
     * {@return these settings with other timeouts}
     *
     * @param entries how long the driver may trust a name
     * @param attributes how long the driver may trust what is known of a file
     */
    public ServerSettings withTimeouts(Duration entries, Duration attributes) {
        return new ServerSettings(minor, readOnly, largestWrite, entries, attributes, unknown);
    }

    /**
     * {@return these settings without some requests}
     *
     * @param numbers of requests that it does not know
     */
    public ServerSettings withUnknown(Set<Integer> numbers) {
        return new ServerSettings(
                minor, readOnly, largestWrite, entryTimeout, attributeTimeout, numbers);
    }
}
