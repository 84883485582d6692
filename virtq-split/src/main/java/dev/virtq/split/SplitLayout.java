package dev.virtq.split;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Where each field of a split ring is, in bytes from the start of its area (virtio 1.4, sections
 * 2.7.5, 2.7.6 and 2.7.8). Everything is little-endian.
 */
public final class SplitLayout {
    /** The largest queue size, section 2.7. */
    public static final int MAX_SIZE = 32768;

    /** Bytes of one descriptor, section 2.7.5. */
    public static final int DESCRIPTOR_BYTES = 16;

    /** {@code le64 addr} of a descriptor: device address of its buffer. */
    public static final int DESCRIPTOR_ADDRESS = 0;

    /** {@code le32 len} of a descriptor: bytes of its buffer. */
    public static final int DESCRIPTOR_LENGTH = 8;

    /** {@code le16 flags} of a descriptor. */
    public static final int DESCRIPTOR_FLAGS = 12;

    /** {@code le16 next} of a descriptor: where the chain goes on, when NEXT is set. */
    public static final int DESCRIPTOR_NEXT = 14;

    /** VIRTQ_DESC_F_NEXT: the chain goes on. */
    public static final int NEXT = 1;

    /** VIRTQ_DESC_F_WRITE: the buffer is device-writable, else device-readable. */
    public static final int WRITE = 2;

    /** VIRTQ_DESC_F_INDIRECT: the buffer is a table of descriptors. */
    public static final int INDIRECT = 4;

    /** {@code le16 flags} of the available ring and of the used ring. */
    public static final int RING_FLAGS = 0;

    /** {@code le16 idx} of the available ring and of the used ring. */
    public static final int RING_INDEX = 2;

    /** The first entry of the available ring and of the used ring. */
    public static final int RING_ENTRIES = 4;

    /** Bytes of an entry of the available ring: {@code le16} head. */
    public static final int AVAILABLE_ENTRY_BYTES = 2;

    /** Bytes of an entry of the used ring: {@code le32 id; le32 len}. */
    public static final int USED_ENTRY_BYTES = 8;

    /** {@code le32 len} of an entry of the used ring. */
    public static final int USED_ENTRY_LENGTH = 4;

    /** VIRTQ_AVAIL_F_NO_INTERRUPT and VIRTQ_USED_F_NO_NOTIFY: do not notify me. */
    public static final int NO_NOTIFICATION = 1;

    static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong UNALIGNED_LONG = LONG.withByteAlignment(1);

    /** For the fields that one side writes while the other reads. */
    static final VarHandle SHARED_SHORT = SHORT.varHandle();

    private SplitLayout() {}

    /**
     * {@return bytes of the descriptor area}
     *
     * @param size how many entries the queue has
     */
    public static long descriptorAreaBytes(int size) {
        return (long) DESCRIPTOR_BYTES * size;
    }

    /**
     * {@return bytes of the driver area, {@code used_event} included}
     *
     * @param size how many entries the queue has
     */
    public static long driverAreaBytes(int size) {
        return usedEvent(size) + 2L;
    }

    /**
     * {@return bytes of the device area, {@code avail_event} included}
     *
     * @param size how many entries the queue has
     */
    public static long deviceAreaBytes(int size) {
        return availEvent(size) + 2L;
    }

    /**
     * {@return where {@code le16 used_event} is in the driver area}
     *
     * @param size how many entries the queue has
     */
    public static long usedEvent(int size) {
        return RING_ENTRIES + (long) AVAILABLE_ENTRY_BYTES * size;
    }

    /**
     * {@return where {@code le16 avail_event} is in the device area}
     *
     * @param size how many entries the queue has
     */
    public static long availEvent(int size) {
        return RING_ENTRIES + (long) USED_ENTRY_BYTES * size;
    }

    static long descriptor(int slot) {
        return (long) DESCRIPTOR_BYTES * slot;
    }

    static long availableEntry(int slot) {
        return RING_ENTRIES + (long) AVAILABLE_ENTRY_BYTES * slot;
    }

    /**
     * {@return where an entry of the used ring is}: read and written as one word of 64 bits, the id
     * in its lower half. It is aligned to 4 bytes only; who reads it before it is published reads
     * what may be torn, and nobody does.
     */
    static long usedEntry(int slot) {
        return RING_ENTRIES + (long) USED_ENTRY_BYTES * slot;
    }
}
