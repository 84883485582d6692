package dev.virtq.transport.vhostuser.protocol;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One message: {@code u32 request; u32 flags; u32 size; u8 payload[size]}. A fresh one is all zero
 * behind its header.
 */
public final class Message {
    static final int HEADER_BYTES = 12;

    static final int VERSION = 1;
    static final int VERSION_MASK = 3;
    static final int REPLY = 1 << 2;
    static final int NEED_REPLY = 1 << 3;

    private static final long REQUEST = 0;
    private static final long FLAGS = 4;
    private static final long SIZE = 8;

    private final MemorySegment bytes;

    private Message(MemorySegment bytes) {
        this.bytes = bytes;
    }

    /**
     * {@return a new message}
     *
     * @param arena where it lives
     * @param request the number of its kind
     * @param payload how many bytes follow the header
     */
    public static Message of(Arena arena, int request, int payload) {
        Message message = new Message(arena.allocate(HEADER_BYTES + payload));
        message.bytes.set(ValueLayout.JAVA_INT_UNALIGNED, REQUEST, request);
        message.bytes.set(ValueLayout.JAVA_INT_UNALIGNED, SIZE, payload);
        message.flags(VERSION);
        return message;
    }

    /** {@return a message as it was received; its header, so far} */
    static Message of(MemorySegment bytes) {
        return new Message(bytes);
    }

    /**
     * Sets the flags of its header, whatever they are.
     *
     * @param flags which
     * @return this
     */
    public Message flags(int flags) {
        bytes.set(ValueLayout.JAVA_INT_UNALIGNED, FLAGS, flags);
        return this;
    }

    /**
     * Has the header say something about the payload's length, whatever follows.
     *
     * @param size how many bytes, unsigned
     * @return this
     */
    public Message claim(int size) {
        bytes.set(ValueLayout.JAVA_INT_UNALIGNED, SIZE, size);
        return this;
    }

    /** {@return the number of its kind} */
    public int request() {
        return bytes.get(ValueLayout.JAVA_INT_UNALIGNED, REQUEST);
    }

    /** {@return the flags of its header} */
    public int flags() {
        return bytes.get(ValueLayout.JAVA_INT_UNALIGNED, FLAGS);
    }

    /** {@return whether it answers one of the other side's} */
    public boolean isReply() {
        return (flags() & REPLY) != 0;
    }

    /** {@return whether the other side wants an answer} */
    public boolean wantsReply() {
        return (flags() & NEED_REPLY) != 0;
    }

    /** Asks for an answer. */
    public void wantReply() {
        flags(VERSION | NEED_REPLY);
    }

    /** {@return this, as an answer} */
    public Message asReply() {
        return flags(VERSION | REPLY);
    }

    /** {@return how long the payload says that it is, unsigned 32 bits} */
    public long size() {
        return Integer.toUnsignedLong(bytes.get(ValueLayout.JAVA_INT_UNALIGNED, SIZE));
    }

    MemorySegment bytes() {
        return bytes;
    }

    /**
     * Sets 32 bits.
     *
     * @param offset in the payload
     * @param value what
     * @return this
     */
    public Message u32(int offset, int value) {
        bytes.set(ValueLayout.JAVA_INT_UNALIGNED, HEADER_BYTES + (long) offset, value);
        return this;
    }

    /**
     * Sets 64 bits.
     *
     * @param offset in the payload
     * @param value what
     * @return this
     */
    public Message u64(int offset, long value) {
        bytes.set(ValueLayout.JAVA_LONG_UNALIGNED, HEADER_BYTES + (long) offset, value);
        return this;
    }

    /**
     * {@return 32 bits}
     *
     * @param offset in the payload
     */
    public int u32(int offset) {
        return bytes.get(ValueLayout.JAVA_INT_UNALIGNED, HEADER_BYTES + (long) offset);
    }

    /**
     * {@return 64 bits}
     *
     * @param offset in the payload
     */
    public long u64(int offset) {
        return bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, HEADER_BYTES + (long) offset);
    }

    /** {@return the payload} */
    public MemorySegment payload() {
        return bytes.asSlice(HEADER_BYTES);
    }
}
