package dev.virtq.drivers.fs.fuse;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Requests about what is in a directory. */
public final class DirectoryCalls {
    /** More than a server gives at once. */
    private static final int BYTES = FuseCall.LARGEST_LISTING;

    private static final int LONGEST_NAME = 255;

    private final FuseConnection connection;

    DirectoryCalls(FuseConnection connection) {
        this.connection = connection;
    }

    /**
     * Opens a directory.
     *
     * @param node the directory
     * @return the open directory, to be released
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public OpenFile open(long node) throws IOException {
        return OpenFile.read(
                connection
                        .call(FuseOpcode.OPENDIR, node)
                        .u32(OpenFlags.DIRECTORY)
                        .u32(0)
                        .answer(OpenFile.BYTES));
    }

    /**
     * Reads names.
     *
     * @param node the directory
     * @param directory as it was opened
     * @param offset where to go on: 0, or {@link Name#next} of the last one
     * @return the next names, {@code .} and {@code ..} among them; empty at the end
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public List<Name> read(long node, OpenFile directory, long offset) throws IOException {
        MessageReader in = entries(FuseOpcode.READDIR, node, directory, offset);
        List<Name> names = new ArrayList<>();
        while (in.left() > 0) {
            names.add(name(in, null));
        }
        return names;
    }

    /**
     * Reads names and what they stand for. Each one that comes with an entry counts as a lookup.
     *
     * @param node the directory
     * @param directory as it was opened
     * @param offset where to go on: 0, or {@link Name#next} of the last one
     * @return the next names, {@code .} and {@code ..} among them; empty at the end
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public List<Name> readPlus(long node, OpenFile directory, long offset) throws IOException {
        MessageReader in = entries(FuseOpcode.READDIRPLUS, node, directory, offset);
        List<Name> names = new ArrayList<>();
        try {
            while (in.left() > 0) {
                Name name = name(in, FuseEntry.readAny(in));
                FuseEntry entry = name.entry();
                if (entry != null && !name.isDots()) {
                    entry.checkNotRoot(in);
                }
                names.add(name);
            }
        } catch (FuseProtocolException e) {
            forget(names); // nobody else hears of them
            throw e;
        }
        return names;
    }

    private void forget(List<Name> names) throws IOException {
        for (Name name : names) {
            FuseEntry entry = name.entry();
            if (entry != null && !name.isDots()) {
                connection.forget(entry.node(), 1);
            }
        }
    }

    /**
     * A name in a directory.
     *
     * @param bytes the name
     * @param inode the number of the file in the server's file system
     * @param type the type of the file, the upper four bits of a mode; 0 when not told
     * @param next where reading goes on behind it
     * @param entry what it stands for; null when it was not looked up
     */
    @SuppressWarnings("ArrayRecordComponent") // names are bytes, and nobody compares these records
    public record Name(byte[] bytes, long inode, int type, long next, @Nullable FuseEntry entry) {
        /** {@return whether it is {@code .} or {@code ..}, which count as no lookup} */
        public boolean isDots() {
            return bytes[0] == '.' && (bytes.length == 1 || (bytes.length == 2 && bytes[1] == '.'));
        }
    }

    /**
     * Has what was changed in a directory put on the disk.
     *
     * @param node the directory
     * @param directory as it was opened
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void sync(long node, OpenFile directory) throws IOException {
        connection.call(FuseOpcode.FSYNCDIR, node).u64(directory.handle()).u32(0).u32(0).done();
    }

    /**
     * Lets go of an open directory.
     *
     * @param node the directory
     * @param directory as it was opened
     * @throws IOException when the server refuses it, or cannot be asked
     */
    public void release(long node, OpenFile directory) throws IOException {
        connection
                .call(FuseOpcode.RELEASEDIR, node)
                .u64(directory.handle())
                .u32(0)
                .u32(0)
                .u64(0)
                .done();
    }

    private MessageReader entries(FuseOpcode opcode, long node, OpenFile directory, long offset)
            throws IOException {
        byte[] bytes = new byte[BYTES];
        int length =
                connection
                        .call(opcode, node)
                        .u64(directory.handle())
                        .u64(offset)
                        .u32(BYTES)
                        .u32(0)
                        .u64(0)
                        .u32(0)
                        .u32(0)
                        .receiving(MemorySegment.ofArray(bytes))
                        .payload();
        return new MessageReader(opcode, Arrays.copyOf(bytes, length));
    }

    private static Name name(MessageReader in, @Nullable FuseEntry entry) throws IOException {
        long inode = in.u64();
        long next = in.u64();
        int length = in.u32();
        int type = in.u32();
        if (length < 1 || length > LONGEST_NAME) {
            throw in.nonsense(
                    "a name of %s bytes (expected: 1..255)"
                            .formatted(Integer.toUnsignedString(length)));
        }
        byte[] name = in.bytes(length);
        in.align();
        for (byte octet : name) {
            if (octet == '/' || octet == 0) {
                throw in.nonsense(
                        "a name with a %s in it".formatted(octet == 0 ? "zero" : "slash"));
            }
        }
        return new Name(name, inode, (type & 0xf) << 12, next, entry);
    }
}
