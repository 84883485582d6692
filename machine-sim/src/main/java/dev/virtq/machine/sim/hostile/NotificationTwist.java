package dev.virtq.machine.sim.hostile;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** An honest notification, and how its parts are changed: where each of them is. */
final class NotificationTwist {
    // struct fuse_out_header.
    static final int HEADER = 16;
    private static final int CODE = 4;
    private static final int UNIQUE = 8;

    private static final int INVALIDATE_ENTRY = 3;
    private static final int DELETE = 6;
    private static final int PRUNE = 9;

    private static final int NOTIFY_BUF_SIZE = 40;
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private byte[] bytes;
    private ByteBuffer buffer;

    NotificationTwist(byte[] honest) {
        bytes = honest.clone();
        buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Changes the size that is told, where there is a notification queue. */
    static void bufferSize(MemorySegment config, int size) {
        if (config.byteSize() > NOTIFY_BUF_SIZE) {
            config.set(INT, NOTIFY_BUF_SIZE, size);
        }
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return bytes.length;
    }

    /** Cuts it, or puts zeros behind it. */
    void become(int length) {
        bytes = Arrays.copyOf(bytes, length);
        buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    void tellLength(int length) {
        buffer.putInt(0, length);
    }

    void code(int code) {
        buffer.putInt(CODE, code);
    }

    void unique(long unique) {
        buffer.putLong(UNIQUE, unique);
    }

    /** {@return where the length of its name is; 0 when it has none} */
    private int name() {
        return switch (buffer.getInt(CODE)) {
            case INVALIDATE_ENTRY -> HEADER + 8;
            case DELETE -> HEADER + 16;
            default -> 0;
        };
    }

    void nameLength(int length) {
        int at = name();
        if (at > 0) {
            buffer.putInt(at, length);
        }
    }

    /**
     * Changes a byte of a name.
     *
     * @param before how many bytes it is before the zero at the end
     */
    void nameByte(int before, int value) {
        if (name() > 0) {
            buffer.put(bytes.length - 1 - before, (byte) value);
        }
    }

    void nodeCount(int count) {
        if (buffer.getInt(CODE) == PRUNE) {
            buffer.putInt(HEADER, count);
        }
    }
}
