package dev.virtq.machine.sim.hostile;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/** An honest answer to a FUSE request, and how its parts are changed: where each of them is. */
final class FuseTwist {
    // struct fuse_out_header.
    static final int HEADER = 16;
    static final int UNIQUE = 8;
    private static final int ERROR = 4;

    // struct fuse_init_out.
    static final int INIT_MAJOR = HEADER;
    static final int INIT_MINOR = HEADER + 4;
    static final int INIT_FLAGS = HEADER + 12;
    static final int INIT_MAX_WRITE = HEADER + 20;
    static final int INIT_MAP_ALIGNMENT = HEADER + 30;
    static final int INIT_FLAGS2 = HEADER + 32;

    private static final int LOOKUP = 1;
    private static final int GETATTR = 3;
    private static final int SETATTR = 4;
    private static final int READLINK = 5;
    private static final int SYMLINK = 6;
    private static final int MKNOD = 8;
    private static final int MKDIR = 9;
    private static final int LINK = 13;
    private static final int OPEN = 14;
    private static final int WRITE = 16;
    private static final int STATFS = 17;
    private static final int GETXATTR = 22;
    private static final int LISTXATTR = 23;
    private static final int INIT = 26;
    private static final int OPENDIR = 27;
    private static final int READDIR = 28;
    private static final int CREATE = 35;
    private static final int READDIRPLUS = 44;
    private static final int LSEEK = 46;
    private static final int COPY_FILE_RANGE = 47;
    private static final int STATX = 52;
    private static final int COPY_FILE_RANGE_64 = 53;

    /** Bytes of {@code struct fuse_entry_out}, and where its attributes are. */
    private static final int ENTRY = 128;

    private static final int ENTRY_ATTRIBUTES = 40;

    /** Bytes of {@code struct fuse_dirent} before the name. */
    private static final int DIRENT = 24;

    private static final int NUM_REQUEST_QUEUES = 36;
    private static final int NOT_THERE = -22; // EINVAL

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int opcode;
    private byte[] bytes;
    private ByteBuffer buffer;

    FuseTwist(int opcode, byte[] honest) {
        this.opcode = opcode;
        bytes = honest;
        buffer = ByteBuffer.wrap(honest).order(ByteOrder.LITTLE_ENDIAN);
    }

    static void requestQueues(MemorySegment config, int count) {
        config.set(INT, NUM_REQUEST_QUEUES, count);
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return bytes.length;
    }

    ByteBuffer header() {
        return buffer;
    }

    long unique() {
        return buffer.getLong(UNIQUE);
    }

    boolean hasFields() {
        return bytes.length > HEADER;
    }

    void cut(int length) {
        become(Arrays.copyOf(bytes, length));
    }

    void tellLength(int length) {
        buffer.putInt(0, length);
    }

    void tellError(int error) {
        buffer.putInt(ERROR, error);
    }

    void init(int field, int value) {
        set(INIT, field, value);
    }

    void mapAlignment(int power) {
        if (opcode == INIT && bytes.length > INIT_FLAGS2) {
            buffer.putShort(INIT_MAP_ALIGNMENT, (short) power);
        }
    }

    void openFlags(int flags) {
        set(OPEN, HEADER + 8, flags);
        set(OPENDIR, HEADER + 8, flags);
        set(CREATE, HEADER + ENTRY + 8, flags);
    }

    void count(int count) {
        set(WRITE, HEADER, count);
        set(COPY_FILE_RANGE, HEADER, count);
        set(COPY_FILE_RANGE_64, HEADER, count);
    }

    void seek(long offset) {
        set(LSEEK, HEADER, (int) offset);
        set(LSEEK, HEADER + 4, (int) (offset >>> 32));
    }

    void extendedSize(int size) {
        if (bytes.length == HEADER + 8) { // struct fuse_getxattr_out, or as good as that
            set(GETXATTR, HEADER, size);
            set(LISTXATTR, HEADER, size);
        }
    }

    void blockSize(int size) {
        set(STATFS, HEADER + 40, size);
        set(STATFS, HEADER + 48, size);
    }

    void linkByte(int value) {
        if (opcode == READLINK && hasFields()) {
            buffer.put(bytes.length - 1, (byte) value);
        }
    }

    private void set(int where, int field, int value) {
        if (opcode == where && bytes.length >= field + Integer.BYTES) {
            buffer.putInt(field, value);
        }
    }

    private boolean hasEntry() {
        return hasFields()
                && switch (opcode) {
                    case LOOKUP, SYMLINK, MKNOD, MKDIR, LINK, CREATE -> true;
                    default -> false;
                };
    }

    void entryNode(long node) {
        if (hasEntry()) {
            buffer.putLong(HEADER, node);
        }
        eachEntry(at -> buffer.putLong(at, buffer.getLong(at) == 0 ? 0 : node));
    }

    void validity(long seconds, int nanoseconds) {
        if (hasEntry()) {
            buffer.putLong(HEADER + 16, seconds).putLong(HEADER + 24, seconds);
            buffer.putInt(HEADER + 32, nanoseconds).putInt(HEADER + 36, nanoseconds);
        } else if (hasFields() && (opcode == GETATTR || opcode == SETATTR || opcode == STATX)) {
            buffer.putLong(HEADER, seconds).putInt(HEADER + 8, nanoseconds);
        }
    }

    /** Changes all attributes that there are. */
    void attributes(Consumer<TwistedAttributes> change) {
        if (hasEntry()) {
            change.accept(new TwistedAttributes(buffer, HEADER + ENTRY_ATTRIBUTES, false));
        } else if (hasFields() && (opcode == GETATTR || opcode == SETATTR)) {
            change.accept(new TwistedAttributes(buffer, HEADER + 16, false));
        } else if (hasFields() && opcode == STATX) {
            change.accept(new TwistedAttributes(buffer, HEADER + 32, true));
        }
        eachEntry(at -> {
            if (buffer.getLong(at) != 0) {
                change.accept(new TwistedAttributes(buffer, at + ENTRY_ATTRIBUTES, false));
            }
        });
    }

    private void eachEntry(Consumer<Integer> change) {
        if (opcode == READDIRPLUS) {
            names(name -> change.accept(name.at - ENTRY));
        }
    }

    /** Changes all names of a directory. Where the next one is, is found out before. */
    void names(Consumer<Name> change) {
        if (opcode != READDIR && opcode != READDIRPLUS) {
            return;
        }
        int before = opcode == READDIRPLUS ? ENTRY : 0;
        int at = HEADER + before;
        while (at + DIRENT <= bytes.length) {
            Name name = new Name(at);
            int next = at + ((DIRENT + name.length() + 7) & ~7) + before;
            change.accept(name);
            at = next;
        }
    }

    /** A name at a place: {@code struct fuse_dirent}. */
    final class Name {
        private final int at;

        Name(int at) {
            this.at = at;
        }

        int length() {
            return buffer.getInt(at + 16);
        }

        void tellLength(int length) {
            buffer.putInt(at + 16, length);
        }

        void set(int index, int value) {
            buffer.put(at + DIRENT + index, (byte) value);
        }
    }

    /** Gives all names of a directory, as many as there are, the name of the directory itself. */
    void dots() {
        int before = opcode == READDIRPLUS ? ENTRY : 0;
        ByteBuffer dots = ByteBuffer.allocate(bytes.length).order(ByteOrder.LITTLE_ENDIAN);
        dots.put(bytes, 0, HEADER);
        names(name -> {
            dots.put(bytes, name.at - before, before + 16).putInt(1).putInt(4); // a directory
            dots.put((byte) '.').put(new byte[7]);
        });
        if (dots.position() > HEADER) {
            become(Arrays.copyOf(dots.array(), dots.position()));
            tellLength(bytes.length);
        }
    }

    /** One more name, where the directory ends or an offset is asked for that is not in it. */
    void insteadOfTheEnd(String name, long next) {
        boolean ends = bytes.length == HEADER && (error() == 0 || error() == NOT_THERE);
        if (!ends || (opcode != READDIR && opcode != READDIRPLUS)) {
            return;
        }
        long unique = unique();
        byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
        int before = opcode == READDIRPLUS ? ENTRY : 0; // of node 0: not looked up
        int at = HEADER + before;
        become(new byte[at + ((DIRENT + ascii.length + 7) & ~7)]);
        buffer.putInt(0, bytes.length).putLong(UNIQUE, unique);
        buffer.putLong(at, 7).putLong(at + 8, next).putInt(at + 16, ascii.length);
        buffer.putInt(at + 20, 8).put(at + DIRENT, ascii); // a regular file
    }

    private int error() {
        return buffer.getInt(ERROR);
    }

    private void become(byte[] other) {
        bytes = other;
        buffer = ByteBuffer.wrap(other).order(ByteOrder.LITTLE_ENDIAN);
    }
}
