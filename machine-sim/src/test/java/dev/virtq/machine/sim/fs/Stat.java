package dev.virtq.machine.sim.fs;

import java.time.Instant;

/** {@code struct fuse_attr}, as the test reads it. */
record Stat(
        long inode,
        long size,
        long blocks,
        Instant accessed,
        Instant modified,
        Instant changed,
        int mode,
        int links,
        int user,
        int group,
        int device) {
    static Stat read(Reply reply) {
        long inode = reply.u64();
        long size = reply.u64();
        long blocks = reply.u64();
        long accessed = reply.u64();
        long modified = reply.u64();
        long changed = reply.u64();
        Instant atime = Instant.ofEpochSecond(accessed, reply.u32());
        Instant mtime = Instant.ofEpochSecond(modified, reply.u32());
        Instant ctime = Instant.ofEpochSecond(changed, reply.u32());
        Stat stat =
                new Stat(
                        inode,
                        size,
                        blocks,
                        atime,
                        mtime,
                        ctime,
                        reply.u32(),
                        reply.u32(),
                        reply.u32(),
                        reply.u32(),
                        reply.u32());
        reply.skip(8); // blksize, flags
        return stat;
    }

    int permissions() {
        return mode & 07777;
    }

    int type() {
        return mode & 0170000;
    }
}
