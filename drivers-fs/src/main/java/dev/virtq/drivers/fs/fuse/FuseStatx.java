package dev.virtq.drivers.fs.fuse;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What STATX tells: {@code struct fuse_statx_out}. Servers fill in what they know, and say what
 * that is.
 *
 * @param valid how long it may be remembered
 * @param attributes what is known; null when something of it is missing
 * @param born when the file was made; null when that is not known
 */
record FuseStatx(Duration valid, @Nullable FuseAttributes attributes, @Nullable FuseTime born) {
    static final int BYTES = 288;

    /** STATX_BASIC_STATS: all that {@code struct fuse_attr} has. */
    private static final int BASIC = 0x7ff;

    /** STATX_BTIME. */
    private static final int BORN = 0x800;

    /** What is asked for. */
    static final int WANTED = BASIC | BORN;

    static FuseStatx read(MessageReader in) throws FuseProtocolException {
        long seconds = in.u64();
        int nanos = in.u32();
        Duration valid = FuseEntry.validity(in, seconds, nanos);
        in.skip(4 + 16); // flags, of which there are none; spare
        int told = in.u32();
        int blockSize = in.u32();
        in.skip(8); // attributes, as of chattr
        int links = in.u32();
        int user = in.u32();
        int group = in.u32();
        int mode = in.u16();
        in.skip(2);
        long inode = in.u64();
        long size = in.u64();
        long blocks = in.u64();
        in.skip(8); // which of chattr's attributes the server knows
        Time accessed = Time.read(in);
        Time born = Time.read(in);
        Time changed = Time.read(in);
        Time modified = Time.read(in);
        int major = in.u32();
        int minor = in.u32();
        in.skip(8 + 14 * 8); // the device that the file is on; spare
        FuseTime birth = (told & BORN) == 0 ? null : born.checked(in);
        if ((told & BASIC) != BASIC) {
            return new FuseStatx(valid, null, birth);
        }
        FuseAttributes.check(in, size, mode);
        return new FuseStatx(
                valid,
                new FuseAttributes(
                        inode,
                        size,
                        blocks,
                        accessed.checked(in),
                        modified.checked(in),
                        changed.checked(in),
                        mode,
                        links,
                        user,
                        group,
                        device(major, minor),
                        blockSize,
                        birth),
                birth);
    }

    /** {@return both numbers in 32 bits, as Linux packs them where it has no more} */
    private static int device(int major, int minor) {
        return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
    }

    /** A {@code struct fuse_sx_time}, which says nothing when it was not told. */
    private record Time(long seconds, int nanos) {
        static Time read(MessageReader in) throws FuseProtocolException {
            Time time = new Time(in.u64(), in.u32());
            in.skip(4);
            return time;
        }

        FuseTime checked(MessageReader in) throws FuseProtocolException {
            return FuseTime.checked(in, seconds, nanos);
        }
    }
}
