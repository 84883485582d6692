package dev.virtq.cli.network;

/**
 * The packets that came in and were not what they claimed to be. A peer that keeps silent and one
 * whose answers are all broken look alike to a client that waits, so errors of the first kind quote
 * this.
 */
final class DroppedPackets {
    private long count;
    private String last = "";

    void add(MalformedPacketException reason) {
        count++;
        last = String.valueOf(reason.getMessage());
    }

    long count() {
        return count;
    }

    /** A clause for the end of an error message; empty when nothing was dropped. */
    String clause() {
        return count == 0
                ? ""
                : "; %d malformed packet%s dropped, the last: %s"
                        .formatted(count, count == 1 ? " was" : "s were", last);
    }
}
