package dev.virtq.drivers.fs.fuse;

/**
 * A file or directory as the server has opened it.
 *
 * @param handle the server's number for it
 * @param flags what the server says of it, {@code FOPEN_…}
 */
public record OpenFile(long handle, int flags) {
    static final int BYTES = 16;

    static OpenFile read(MessageReader in) throws FuseProtocolException {
        long handle = in.u64();
        int flags = in.u32();
        in.u32();
        return new OpenFile(handle, flags);
    }
}
