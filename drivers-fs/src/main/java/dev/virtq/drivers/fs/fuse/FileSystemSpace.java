package dev.virtq.drivers.fs.fuse;

/**
 * How much room a file system has: {@code struct fuse_kstatfs}.
 *
 * @param blockSize the unit of the numbers of blocks, in bytes
 * @param blocks how many there are
 * @param free how many are free
 * @param available how many are free for others than root
 * @param files how many files there can be
 * @param freeFiles how many more
 * @param longestName of a file, in bytes
 */
public record FileSystemSpace(
        long blockSize,
        long blocks,
        long free,
        long available,
        long files,
        long freeFiles,
        int longestName) {
    static final int BYTES = 80;

    static FileSystemSpace read(MessageReader in) throws FuseProtocolException {
        long blocks = in.u64();
        long free = in.u64();
        long available = in.u64();
        long files = in.u64();
        long freeFiles = in.u64();
        int blockSize = in.u32();
        int longestName = in.u32();
        int fragmentSize = in.u32();
        int unit = fragmentSize == 0 ? blockSize : fragmentSize;
        return new FileSystemSpace(
                unit & 0xffff_ffffL, blocks, free, available, files, freeFiles, longestName);
    }
}
