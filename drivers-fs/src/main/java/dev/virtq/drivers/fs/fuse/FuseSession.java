package dev.virtq.drivers.fs.fuse;

import java.util.Set;

/**
 * What FUSE_INIT has settled.
 *
 * @param minor the minor version of the protocol that is spoken: that of the server or ours,
 *     whichever is less; the major one is 7
 * @param flags what both sides can do
 * @param maxWrite the most bytes of one WRITE
 * @param maxRead the most bytes of one READ
 * @param timeGranularity of the server's times, in nanoseconds
 * @param mapAlignment of mappings in the DAX window, in bytes; 1 when nothing is asked for
 */
public record FuseSession(
        int minor,
        Set<FuseFlag> flags,
        int maxWrite,
        int maxRead,
        int timeGranularity,
        long mapAlignment) {
    /** The version of the protocol. */
    public static final int MAJOR = 7;

    /** The oldest minor version that is spoken. */
    public static final int OLDEST = 31;

    /** The newest minor version that is spoken. */
    public static final int NEWEST = 45;

    /** Keeps a copy of the flags. */
    public FuseSession {
        flags = Set.copyOf(flags);
    }

    /**
     * {@return whether both sides can do something}
     *
     * @param flag what
     */
    public boolean has(FuseFlag flag) {
        return flags.contains(flag);
    }
}
