package dev.virtq.machine.sim.device;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DriverFaultException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * What an available buffer notification of one queue says, and whether that can be (virtio 1.4,
 * sections 2.9 and 4.1.5.2): 16 bits name the queue; with VIRTIO_F_NOTIFICATION_DATA, 15 bits say
 * where in the ring the next available entry will be, and bit 31 is the wrap counter or the index's
 * top bit.
 *
 * <p>It has its own idea of where the index and the descriptors are, which no ring shares. A driver
 * sends what it has published last; a notification that comes late may name less than the ring
 * shows by now, and never more.
 */
final class NotificationData {
    private static final VarHandle SHORT =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private static final int NAME = 0xffff;
    private static final int NEXT = 16;

    // Section 2.7.6: struct virtq_avail.
    private static final int AVAILABLE_INDEX = 2;

    // Section 2.8.13: struct pvirtq_desc, and section 2.8.1 for its flags.
    private static final int DESCRIPTOR = 16;
    private static final int DESCRIPTOR_FLAGS = 14;
    private static final int FLAG_AVAILABLE = 1 << 7;
    private static final int FLAG_USED = 1 << 15;

    private final int name;
    private final int size;
    private final boolean packed;
    private final @Nullable MemorySegment ring;

    /**
     * Takes note of what a queue is.
     *
     * @param name what notifications call it
     * @param setup where it is
     * @param accepted the accepted features
     * @param memory where the addresses lead
     */
    NotificationData(int name, QueueSetup setup, FeatureSet accepted, DmaMemory memory) {
        this.name = name;
        size = setup.size();
        packed = accepted.contains(CommonFeature.RING_PACKED);
        ring =
                !accepted.contains(CommonFeature.NOTIFICATION_DATA)
                        ? null
                        : packed
                                ? bytes(memory, setup.descriptorArea(), (long) size * DESCRIPTOR)
                                : bytes(memory, setup.driverArea(), AVAILABLE_INDEX + 2);
    }

    /**
     * {@return what names a queue: its index, or with VIRTIO_F_NOTIF_CONFIG_DATA anything but that,
     * so that a driver that sends the index all the same is found out}
     */
    static int name(int queue, FeatureSet accepted) {
        return accepted.contains(CommonFeature.NOTIF_CONFIG_DATA) ? 0x5100 + 3 * queue : queue;
    }

    /** {@return the index of the queue that a notification names} */
    static int queue(int sent, FeatureSet accepted, int count) {
        for (int queue = 0; queue < count; queue++) {
            if (name(queue, accepted) == (sent & NAME)) {
                return queue;
            }
        }
        throw new DriverFaultException(
                "a notification names 0x%x, which is none of %d queues"
                        .formatted(sent & NAME, count),
                "2.9");
    }

    /** {@return the notification as the driver sends it} */
    int encode(int next) {
        return ring == null ? name : next << NEXT | name;
    }

    /** Looks whether what was sent names a place that can be the next one. */
    void check(int sent) {
        if (ring == null) {
            if (sent >>> NEXT != 0) {
                throw new DriverFaultException(
                        "a notification of 32 bits, and NOTIFICATION_DATA was not accepted",
                        "4.1.5.2.1#1");
            }
        } else if (packed) {
            checkPacked(ring, sent >>> NEXT);
        } else {
            checkSplit(ring, sent >>> NEXT);
        }
    }

    private void checkSplit(MemorySegment available, int next) {
        int index = (short) SHORT.getAcquire(available, (long) AVAILABLE_INDEX) & 0xffff;
        int behind = (index - next) & 0xffff;
        if (behind > size) {
            throw new DriverFaultException(
                    "a notification says that the available index is %d, and it is %d"
                            .formatted(next, index),
                    "2.9");
        }
    }

    /** The next descriptor is one that is not available in the round that the counter names. */
    private void checkPacked(MemorySegment descriptors, int next) {
        int offset = next & 0x7fff;
        boolean wrap = next >>> 15 != 0;
        if (offset >= size) {
            throw new DriverFaultException(
                    "a notification names descriptor %d (expected: 0..%d)"
                            .formatted(offset, size - 1),
                    "2.9");
        }
        int flags =
                (short)
                        SHORT.getAcquire(
                                descriptors, (long) offset * DESCRIPTOR + DESCRIPTOR_FLAGS);
        boolean isAvailable = (flags & FLAG_AVAILABLE) != 0 == wrap;
        boolean isUsed = (flags & FLAG_USED) != 0 == wrap;
        if (isAvailable && !isUsed) {
            throw new DriverFaultException(
                    "a notification says that descriptor %d comes next, and it is available"
                            .formatted(offset),
                    "2.9");
        }
    }

    private static MemorySegment bytes(DmaMemory memory, long address, long length) {
        return memory.at(address, length)
                .orElseThrow(() ->
                        new DriverFaultException(
                                "%d bytes of a ring at 0x%x are not in memory"
                                        .formatted(length, address),
                                "2.6"));
    }
}
