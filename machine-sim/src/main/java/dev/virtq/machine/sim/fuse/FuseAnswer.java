package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** An answer, as it is written: {@code struct fuse_out_header}, and what follows it. */
final class FuseAnswer {
    /** Bytes of {@code struct fuse_out_header}. */
    static final int HEADER = 16;

    private ByteBuffer bytes;

    FuseAnswer() {
        bytes = ByteBuffer.allocate(HEADER + 256).order(ByteOrder.LITTLE_ENDIAN);
        bytes.position(HEADER);
    }

    FuseAnswer u16(int value) {
        room(Short.BYTES).putShort((short) value);
        return this;
    }

    FuseAnswer u32(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    FuseAnswer u64(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    FuseAnswer bytes(byte[] some) {
        room(some.length).put(some);
        return this;
    }

    FuseAnswer zeros(int count) {
        room(count).put(new byte[count]);
        return this;
    }

    /** {@return so much room, to be filled from its position on} */
    ByteBuffer room(int count) {
        if (bytes.remaining() < count) {
            int position = bytes.position();
            bytes =
                    ByteBuffer.wrap(
                                    Arrays.copyOf(
                                            bytes.array(),
                                            Math.max(2 * bytes.capacity(), position + count)))
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .position(position);
        }
        return bytes;
    }

    /** {@return how much was written behind the header} */
    int length() {
        return bytes.position() - HEADER;
    }

    /** Takes back what was written behind a place. */
    void cutTo(int length) {
        bytes.position(HEADER + length);
    }

    /** {@return all of it, for a request} */
    byte[] finish(long unique) {
        return finish(bytes, 0, unique);
    }

    /** {@return the answer that something failed} */
    static byte[] error(Errno errno, long unique) {
        ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
        return finish(header.position(HEADER), -errno.number(), unique);
    }

    /** {@return a message that nobody has asked for} */
    byte[] notification(int code) {
        return finish(bytes, code, 0);
    }

    private static byte[] finish(ByteBuffer bytes, int error, long unique) {
        int length = bytes.position();
        bytes.putInt(0, length).putInt(4, error).putLong(8, unique);
        byte[] copy = new byte[length];
        bytes.get(0, copy);
        return copy;
    }
}
