package dev.virtq.drivers.fs.fuse;

import java.time.Duration;

/**
 * What is known of a file, and for how long: {@code struct fuse_attr_out}.
 *
 * @param valid how long it may be remembered
 * @param attributes what is known
 */
public record KnownAttributes(Duration valid, FuseAttributes attributes) {
    static final int BYTES = 16 + FuseAttributes.BYTES;

    static KnownAttributes read(MessageReader in) throws FuseProtocolException {
        long seconds = in.u64();
        int nanos = in.u32();
        in.u32();
        return new KnownAttributes(FuseEntry.validity(in, seconds, nanos), FuseAttributes.read(in));
    }
}
