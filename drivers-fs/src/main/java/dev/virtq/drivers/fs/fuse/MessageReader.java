package dev.virtq.drivers.fs.fuse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads an answer or a notification, from a copy that the device cannot change, field after field.
 */
final class MessageReader {
    /** What is read: an opcode, or what a notification is about. */
    private final Object source;

    private final ByteBuffer bytes;

    MessageReader(Object source, byte[] bytes) {
        this.source = source;
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    int u16() throws FuseProtocolException {
        need(Short.BYTES);
        return bytes.getShort() & 0xffff;
    }

    int u32() throws FuseProtocolException {
        need(Integer.BYTES);
        return bytes.getInt();
    }

    long u64() throws FuseProtocolException {
        need(Long.BYTES);
        return bytes.getLong();
    }

    byte[] bytes(int count) throws FuseProtocolException {
        need(count);
        byte[] copy = new byte[count];
        bytes.get(copy);
        return copy;
    }

    MessageReader skip(int count) throws FuseProtocolException {
        need(count);
        bytes.position(bytes.position() + count);
        return this;
    }

    /** Moves on to the next multiple of 8, or to the end where the padding is left out. */
    void align() {
        bytes.position(Math.min(bytes.limit(), (bytes.position() + 7) & ~7));
    }

    int left() {
        return bytes.remaining();
    }

    FuseProtocolException nonsense(String problem) {
        return source instanceof FuseOpcode opcode
                ? new FuseProtocolException(opcode, problem)
                : new FuseProtocolException(source, problem);
    }

    private void need(int count) throws FuseProtocolException {
        if (count < 0 || count > bytes.remaining()) {
            throw nonsense(
                    "it ends after %d bytes, within a field of %d".formatted(bytes.limit(), count));
        }
    }
}
