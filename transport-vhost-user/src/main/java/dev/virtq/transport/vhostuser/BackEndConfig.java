package dev.virtq.transport.vhostuser;

import dev.virtq.device.ConfigSpace;
import dev.virtq.transport.vhostuser.protocol.Message;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * The configuration space, asked for field by field ({@code u32 offset; u32 size; u32 flags; u8
 * bytes[size]}). How long it is nobody tells: a back end gives as many bytes as are asked for, or
 * none. So it is asked for less and less, until it answers.
 *
 * <p>It is always read from its start on. QEMU's back ends pass over the offset, say that they did
 * not, and give the first bytes for any.
 */
final class BackEndConfig implements ConfigSpace {
    private static final int HEADER_BYTES = 12;

    /** The most that the protocol allows, then the lengths of known devices' spaces. */
    private static final int[] LENGTHS = {256, 128, 96, 72, 64, 60, 48, 44, 40, 24, 20, 16, 12, 8};

    private static final ValueLayout.OfShort LE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Connection connection;
    private final IntSupplier generation;
    private int length = -1;

    BackEndConfig(Connection connection, IntSupplier generation) {
        this.connection = connection;
        this.generation = generation;
    }

    @Override
    public synchronized int length() {
        for (int i = 0; length < 0; i++) {
            if (i == LENGTHS.length) {
                length = 0;
            } else if (answers(LENGTHS[i])) {
                length = LENGTHS[i];
            }
        }
        return length;
    }

    @Override
    public int generation() {
        return generation.getAsInt();
    }

    @Override
    public byte readByte(int offset) {
        try (Arena arena = Arena.ofConfined()) {
            return read(arena, offset, 1)
                    .payload()
                    .get(ValueLayout.JAVA_BYTE, HEADER_BYTES + offset);
        }
    }

    @Override
    public short readShort(int offset) {
        try (Arena arena = Arena.ofConfined()) {
            return read(arena, offset, 2).payload().get(LE16, HEADER_BYTES + offset);
        }
    }

    @Override
    public int readInt(int offset) {
        try (Arena arena = Arena.ofConfined()) {
            return read(arena, offset, 4).payload().get(LE32, HEADER_BYTES + offset);
        }
    }

    @Override
    public void writeByte(int offset, byte value) {
        write(
                offset,
                1,
                message -> message.payload().set(ValueLayout.JAVA_BYTE, HEADER_BYTES, value));
    }

    @Override
    public void writeShort(int offset, short value) {
        write(offset, 2, message -> message.payload().set(LE16, HEADER_BYTES, value));
    }

    @Override
    public void writeInt(int offset, int value) {
        write(offset, 4, message -> message.payload().set(LE32, HEADER_BYTES, value));
    }

    /** Whoever has fewer says so with no payload, a header alone, or as many as there are. */
    private boolean answers(int bytes) {
        try (Arena arena = Arena.ofConfined()) {
            long size = ask(arena, bytes).size();
            if (size > 0 && size < HEADER_BYTES) {
                throw new BackEndFaultException(
                        "%s was answered with %d bytes (expected: none, or at least %d)"
                                .formatted(Request.GET_CONFIG, size, HEADER_BYTES));
            }
            return size == HEADER_BYTES + bytes;
        }
    }

    /** {@return the space up to the end of a field} */
    private Message read(Arena arena, int offset, int bytes) {
        check(offset, bytes);
        int upTo = offset + bytes;
        Message answer = ask(arena, upTo);
        if (answer.size() != HEADER_BYTES + upTo || answer.u32(0) != 0 || answer.u32(4) != upTo) {
            throw new BackEndFaultException(
                    "the back end did not give the first %d bytes of the configuration space"
                            .formatted(upTo));
        }
        return answer;
    }

    private Message ask(Arena arena, int bytes) {
        int payload = HEADER_BYTES + bytes;
        Message question = Message.of(arena, Request.GET_CONFIG.number(), payload);
        question.u32(0, 0).u32(4, bytes);
        return connection.askAny(arena, question, Request.GET_CONFIG, payload);
    }

    /** Puts a value into a message. */
    @FunctionalInterface
    private interface Filling {
        void into(Message message);
    }

    private void write(int offset, int bytes, Filling value) {
        check(offset, bytes);
        try (Arena arena = Arena.ofConfined()) {
            Message message = Message.of(arena, Request.SET_CONFIG.number(), HEADER_BYTES + bytes);
            message.u32(0, offset).u32(4, bytes);
            value.into(message);
            connection.tell(Request.SET_CONFIG, message, List.of());
        }
    }

    private void check(int offset, int bytes) {
        if (offset < 0 || offset > length() - bytes) {
            throw new IndexOutOfBoundsException(
                    "%d bytes at offset %d of a configuration space of %d"
                            .formatted(bytes, offset, length()));
        }
    }
}
