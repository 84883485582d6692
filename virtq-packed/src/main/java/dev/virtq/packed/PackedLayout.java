package dev.virtq.packed;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Where each field of a packed ring is, in bytes from the start of its structure (virtio 1.4,
 * sections 2.8.13 and 2.8.14). Everything is little-endian.
 */
public final class PackedLayout {
    /** The largest queue size, section 2.8. */
    public static final int MAX_SIZE = 32768;

    /** Bytes of one descriptor, section 2.8.13. */
    public static final int DESCRIPTOR_BYTES = 16;

    /** {@code le64 addr} of a descriptor: device address of its buffer; unused when used. */
    public static final int DESCRIPTOR_ADDRESS = 0;

    /** {@code le32 len} of a descriptor: bytes of its buffer; when used, bytes written. */
    public static final int DESCRIPTOR_LENGTH = 8;

    /** {@code le16 id} of a descriptor: which buffer (chain) it belongs to. */
    public static final int DESCRIPTOR_ID = 12;

    /** {@code le16 flags} of a descriptor. */
    public static final int DESCRIPTOR_FLAGS = 14;

    /** VIRTQ_DESC_F_NEXT: the chain goes on in the next slot, section 2.8.6. */
    public static final int NEXT = 1;

    /**
     * VIRTQ_DESC_F_WRITE: the buffer is device-writable, else device-readable; when used, that the
     * device wrote something. Section 2.8.3.
     */
    public static final int WRITE = 1 << 1;

    /** VIRTQ_DESC_F_INDIRECT: the buffer is a table of descriptors, section 2.8.7. */
    public static final int INDIRECT = 1 << 2;

    /**
     * VIRTQ_DESC_F_AVAIL: the wrap counter of the round in which the descriptor was written,
     * section 2.8.1.
     */
    public static final int AVAIL = 1 << 7;

    /**
     * VIRTQ_DESC_F_USED: the inverse of {@link #AVAIL} in an available descriptor, the same in a
     * used one. Section 2.8.1.
     */
    public static final int USED = 1 << 15;

    /** Bytes of an event suppression structure, section 2.8.14. */
    public static final int EVENT_BYTES = 4;

    /**
     * {@code le16 desc} of an event suppression structure: 15 bits of position, and the wrap
     * counter in bit 15.
     */
    public static final int EVENT_POSITION = 0;

    /** {@code le16 flags} of an event suppression structure: the lower two bits count. */
    public static final int EVENT_FLAGS = 2;

    /** RING_EVENT_FLAGS_ENABLE: notify me, section 2.8.10. */
    public static final int EVENTS_ENABLE = 0;

    /** RING_EVENT_FLAGS_DISABLE: do not notify me, section 2.8.10. */
    public static final int EVENTS_DISABLE = 1;

    /**
     * RING_EVENT_FLAGS_DESC: notify me when the descriptor at the position is made available or
     * used; only with VIRTIO_F_EVENT_IDX. Section 2.8.10.
     */
    public static final int EVENTS_DESC = 2;

    /** What is 0 in one round is 1 in the next, in both flags. */
    static final int ROUND_FLAGS = AVAIL | USED;

    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** For indirect tables: section 2.8.7 asks for no alignment of them. */
    static final ValueLayout.OfLong UNALIGNED_LONG = LONG.withByteAlignment(1);

    /** For the words of descriptors that one side writes while the other reads. */
    static final VarHandle SHARED_LONG = LONG.varHandle();

    /** For an event suppression structure: one word, so that its halves belong together. */
    static final VarHandle SHARED_INT =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private PackedLayout() {}

    /**
     * {@return bytes of the descriptor area}
     *
     * @param size how many entries the queue has
     */
    public static long descriptorAreaBytes(int size) {
        return (long) DESCRIPTOR_BYTES * size;
    }

    /** {@return where the address of a descriptor is} */
    static long address(int slot) {
        return (long) DESCRIPTOR_BYTES * slot + DESCRIPTOR_ADDRESS;
    }

    /** {@return where {@linkplain Rest the rest} of a descriptor is} */
    static long rest(int slot) {
        return (long) DESCRIPTOR_BYTES * slot + DESCRIPTOR_LENGTH;
    }
}
