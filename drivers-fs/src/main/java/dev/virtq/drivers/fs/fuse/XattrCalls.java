package dev.virtq.drivers.fs.fuse;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Requests about extended attributes. */
public final class XattrCalls {
    private static final int LARGEST = FuseCall.LARGEST_LISTING; // XATTR_SIZE_MAX of Linux

    private final FuseConnection connection;

    XattrCalls(FuseConnection connection) {
        this.connection = connection;
    }

    /**
     * {@return the value of an attribute}
     *
     * @param node the file
     * @param name with its prefix, as in {@code user.comment}
     * @throws FuseException ENODATA when it has none of that name
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public byte[] get(long node, byte[] name) throws IOException {
        byte[] value = new byte[LARGEST];
        int length =
                connection
                        .call(FuseOpcode.GETXATTR, node)
                        .u32(LARGEST)
                        .u32(0)
                        .name(name)
                        .receiving(MemorySegment.ofArray(value))
                        .payload();
        return Arrays.copyOf(value, length);
    }

    /**
     * Sets an attribute.
     *
     * @param node the file
     * @param name with its prefix
     * @param value what to
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void set(long node, byte[] name, byte[] value) throws IOException {
        FuseCall call =
                connection
                        .call(FuseOpcode.SETXATTR, node)
                        .u32(value.length) // struct fuse_setxattr_in without SETXATTR_EXT
                        .u32(0)
                        .name(name);
        if (value.length > 0) {
            call.sending(MemorySegment.ofArray(value));
        }
        call.done();
    }

    /**
     * Takes an attribute away.
     *
     * @param node the file
     * @param name with its prefix
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void remove(long node, byte[] name) throws IOException {
        connection.call(FuseOpcode.REMOVEXATTR, node).name(name).done();
    }

    /**
     * {@return the names of all attributes}
     *
     * @param node the file
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public List<byte[]> list(long node) throws IOException {
        byte[] names = new byte[LARGEST];
        int length =
                connection
                        .call(FuseOpcode.LISTXATTR, node)
                        .u32(LARGEST)
                        .u32(0)
                        .receiving(MemorySegment.ofArray(names))
                        .payload();
        List<byte[]> list = new ArrayList<>();
        int start = 0;
        for (int at = 0; at < length; at++) {
            if (names[at] == 0) {
                list.add(Arrays.copyOfRange(names, start, at));
                start = at + 1;
            }
        }
        if (start != length) {
            throw new FuseProtocolException(
                    FuseOpcode.LISTXATTR, "the last name is not ended by a zero");
        }
        return list;
    }
}
