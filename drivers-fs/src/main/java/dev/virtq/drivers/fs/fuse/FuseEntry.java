package dev.virtq.drivers.fs.fuse;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A name and what it stands for: {@code struct fuse_entry_out}. Each one that is received counts as
 * a lookup of its node, which has to be given back with FORGET.
 *
 * @param node the server's number for the file; not 0
 * @param generation tells apart files that had the same number one after the other
 * @param entryValid how long the name may be remembered
 * @param attributesValid how long the attributes may be
 * @param attributes what is known of the file
 */
public record FuseEntry(
        long node,
        long generation,
        Duration entryValid,
        Duration attributesValid,
        FuseAttributes attributes) {
    static final int BYTES = 40 + FuseAttributes.BYTES;

    /** Reads that of a name; null when the name does not exist. */
    static @Nullable FuseEntry read(MessageReader in) throws FuseProtocolException {
        FuseEntry entry = readAny(in);
        if (entry != null) {
            entry.checkNotRoot(in);
        }
        return entry;
    }

    /** Reads one; null when it is none: a name that does not exist, or that was not looked up. */
    static @Nullable FuseEntry readAny(MessageReader in) throws FuseProtocolException {
        long node = in.u64();
        long generation = in.u64();
        long entrySeconds = in.u64();
        long attributeSeconds = in.u64();
        int entryNanos = in.u32();
        int attributeNanos = in.u32();
        if (node == 0) {
            in.skip(FuseAttributes.BYTES);
            return null;
        }
        return new FuseEntry(
                node,
                generation,
                validity(in, entrySeconds, entryNanos),
                validity(in, attributeSeconds, attributeNanos),
                FuseAttributes.read(in));
    }

    /** No directory holds the root: who goes down would never come to an end. */
    void checkNotRoot(MessageReader in) throws FuseProtocolException {
        if (node == FuseClient.ROOT) {
            throw in.nonsense("a name of the root, node 1");
        }
    }

    /**
     * Refuses what is not of the type that was made, and has the server forget it.
     *
     * @param type the bits of the mode that tell it
     */
    FuseEntry checkType(FuseConnection connection, FuseOpcode opcode, int type) throws IOException {
        if (attributes.type() != type) {
            connection.forget(node, 1);
            throw new FuseProtocolException(
                    opcode,
                    "what was made has mode 0%o (expected: type 0%o)"
                            .formatted(attributes.mode(), type));
        }
        return this;
    }

    /** How long something is valid; the longest times of the protocol count as for ever. */
    static Duration validity(MessageReader in, long seconds, int nanos)
            throws FuseProtocolException {
        int checked = FuseTime.checkedNanos(in, nanos);
        long capped = seconds < 0 ? Long.MAX_VALUE : seconds; // unsigned
        return Duration.ofSeconds(Math.min(capped, Integer.MAX_VALUE), checked);
    }
}
