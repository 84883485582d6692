package dev.virtq.drivers.fs.fuse;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a file: {@code struct fuse_attr}, or as much of {@code struct fuse_statx}.
 *
 * @param inode its number in the server's file system
 * @param size in bytes
 * @param blocks how many blocks of 512 bytes it takes
 * @param accessed when it was read last
 * @param modified when its content was changed last
 * @param changed when anything of it was changed last
 * @param mode its type and permissions, as {@code st_mode}
 * @param links how many names it has
 * @param user the number of its owner
 * @param group the number of its group
 * @param device the number of the device that it stands for, if it does
 * @param blockSize the size in which it is best read and written, in bytes
 * @param born when it was made; null when that was not asked for, or is not known
 */
public record FuseAttributes(
        long inode,
        long size,
        long blocks,
        FuseTime accessed,
        FuseTime modified,
        FuseTime changed,
        int mode,
        int links,
        int user,
        int group,
        int device,
        int blockSize,
        @Nullable FuseTime born) {
    /** How many bytes it has in an answer. */
    static final int BYTES = 88;

    private static final int TYPE_MASK = 0xf000;

    /** A bit for each type that there is, from pipes to sockets. */
    private static final int TYPES = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 12;

    /** The bits of {@link #mode} that tell a directory. */
    public static final int DIRECTORY = 0x4000;

    /** The bits of {@link #mode} that tell a regular file. */
    public static final int REGULAR = 0x8000;

    /** The bits of {@link #mode} that tell a symbolic link. */
    public static final int SYMBOLIC_LINK = 0xa000;

    static FuseAttributes read(MessageReader in) throws FuseProtocolException {
        long inode = in.u64();
        long size = in.u64();
        long blocks = in.u64();
        long atime = in.u64();
        long mtime = in.u64();
        long ctime = in.u64();
        int atimeNanos = in.u32();
        int mtimeNanos = in.u32();
        int ctimeNanos = in.u32();
        int mode = in.u32();
        int links = in.u32();
        int user = in.u32();
        int group = in.u32();
        int device = in.u32();
        int blockSize = in.u32();
        in.u32(); // flags: FUSE_ATTR_SUBMOUNT and FUSE_ATTR_DAX, of no use here
        check(in, size, mode);
        return new FuseAttributes(
                inode,
                size,
                blocks,
                FuseTime.checked(in, atime, atimeNanos),
                FuseTime.checked(in, mtime, mtimeNanos),
                FuseTime.checked(in, ctime, ctimeNanos),
                mode,
                links,
                user,
                group,
                device,
                blockSize,
                null);
    }

    static void check(MessageReader in, long size, int mode) throws FuseProtocolException {
        if (size < 0) {
            throw in.nonsense("a file of %s bytes".formatted(Long.toUnsignedString(size)));
        }
        if (((TYPES >>> (type(mode) >>> 12)) & 1) == 0) {
            throw in.nonsense("a file of no type that there is, mode 0%o".formatted(mode));
        }
    }

    /**
     * {@return the same, of a file that was made at some time}
     *
     * @param time when; null when that is not known
     */
    public FuseAttributes bornAt(@Nullable FuseTime time) {
        return new FuseAttributes(
                inode, size, blocks, accessed, modified, changed, mode, links, user, group, device,
                blockSize, time);
    }

    /** {@return the bits of the mode that tell the type} */
    public int type() {
        return type(mode);
    }

    static int type(int mode) {
        return mode & TYPE_MASK;
    }

    /** {@return whether it is a directory} */
    public boolean isDirectory() {
        return type() == DIRECTORY;
    }
}
