package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Attributes;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoField;

/** How the attributes of a file are written: in {@code fuse_attr}, and in {@code fuse_statx}. */
final class AttributeLayout {
    /** Bytes of {@code struct fuse_entry_out}. */
    static final int ENTRY = 128;

    private static final int SECTOR = 512;
    private static final int BLOCK = 4096;

    /** STATX_BASIC_STATS and STATX_BTIME. */
    private static final int TOLD = 0xfff;

    private AttributeLayout() {}

    /** {@code struct fuse_entry_out}. */
    static void entry(FuseAnswer answer, long node, Attributes attributes, ServerSettings trust) {
        Duration entry = trust.entryTimeout();
        Duration valid = trust.attributeTimeout();
        answer.u64(node)
                .u64(0) // generation: no number is given twice
                .u64(entry.toSeconds())
                .u64(valid.toSeconds())
                .u32(entry.toNanosPart())
                .u32(valid.toNanosPart());
        attributes(answer, attributes);
    }

    /** {@code struct fuse_attr_out}. */
    static FuseAnswer known(Attributes attributes, ServerSettings trust) {
        FuseAnswer answer = new FuseAnswer();
        Duration valid = trust.attributeTimeout();
        answer.u64(valid.toSeconds()).u32(valid.toNanosPart()).u32(0);
        attributes(answer, attributes);
        return answer;
    }

    /** {@code struct fuse_attr}. */
    static void attributes(FuseAnswer answer, Attributes attributes) {
        answer.u64(attributes.inode())
                .u64(attributes.size())
                .u64(attributes.allocated() / SECTOR)
                .u64(attributes.accessed().getEpochSecond())
                .u64(attributes.modified().getEpochSecond())
                .u64(attributes.changed().getEpochSecond())
                .u32(nanos(attributes.accessed()))
                .u32(nanos(attributes.modified()))
                .u32(nanos(attributes.changed()))
                .u32(attributes.mode())
                .u32(attributes.links())
                .u32(attributes.owner())
                .u32(attributes.group())
                .u32(attributes.device())
                .u32(BLOCK)
                .u32(0); // flags
    }

    /** {@code struct fuse_statx_out}. */
    static FuseAnswer extended(Attributes attributes, ServerSettings trust) {
        FuseAnswer answer = new FuseAnswer();
        Duration valid = trust.attributeTimeout();
        answer.u64(valid.toSeconds()).u32(valid.toNanosPart()).u32(0).zeros(16);
        answer.u32(TOLD)
                .u32(BLOCK)
                .u64(0) // attributes
                .u32(attributes.links())
                .u32(attributes.owner())
                .u32(attributes.group())
                .u16(attributes.mode())
                .u16(0)
                .u64(attributes.inode())
                .u64(attributes.size())
                .u64(attributes.allocated() / SECTOR)
                .u64(0); // attributes_mask
        time(answer, attributes.accessed());
        time(answer, attributes.born());
        time(answer, attributes.changed());
        time(answer, attributes.modified());
        int device = attributes.device();
        // As makedev of Linux packs them into 32 bits.
        answer.u32((device >>> 8) & 0xfff).u32((device & 0xff) | ((device >>> 12) & 0xfff00));
        return answer.u32(0).u32(0).zeros(14 * Long.BYTES);
    }

    private static int nanos(Instant time) {
        return time.get(ChronoField.NANO_OF_SECOND);
    }

    private static void time(FuseAnswer answer, Instant time) {
        answer.u64(time.getEpochSecond()).u32(nanos(time)).u32(0);
    }
}
