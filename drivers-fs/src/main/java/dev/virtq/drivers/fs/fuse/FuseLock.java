package dev.virtq.drivers.fs.fuse;

/**
 * A lock on a part of a file.
 *
 * @param owner whoever has it; locks of one owner do not stand in each other's way
 * @param start its first byte
 * @param end its last byte; {@link Long#MAX_VALUE} for all there is and will be
 * @param type {@link #SHARED}, {@link #EXCLUSIVE} or {@link #UNLOCKED}
 */
public record FuseLock(long owner, long start, long end, int type) {
    /** Others may have it, too. */
    public static final int SHARED = 0;

    /** Nobody else has it. */
    public static final int EXCLUSIVE = 1;

    /** It is given back. */
    public static final int UNLOCKED = 2;

    static final int BYTES = 24;

    void write(FuseCall call, OpenFile file) {
        call.u64(file.handle()).u64(owner).u64(start).u64(end).u32(type).u32(0).u32(0).u32(0);
    }

    static FuseLock read(MessageReader in, long owner) throws FuseProtocolException {
        long start = in.u64();
        long end = in.u64();
        int type = in.u32();
        in.u32(); // pid
        if (type < SHARED || type > UNLOCKED) {
            throw in.nonsense("a lock of type " + type);
        }
        return new FuseLock(owner, start, end, type);
    }
}
