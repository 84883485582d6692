package dev.virtq.transport;

import dev.virtq.device.DeviceFaultException;

/** What sizes queues have (virtio 1.4, sections 2.7 and 2.8), whatever register says them. */
public final class QueueSizes {
    /** The largest queue of either ring format, in entries. */
    public static final int LARGEST = 32768;

    private QueueSizes() {}

    /**
     * Checks what a device says that it allows.
     *
     * @param queue the queue's index
     * @param size what the register reads, unsigned
     * @param packed whether the queue has a packed ring
     * @param register the register's name
     * @param powerOfTwo which clause wants a power of 2 without packed rings
     * @return the size; 0 when there is no such queue
     * @throws DeviceFaultException when no queue has that size
     */
    public static int checkOffered(
            int queue, int size, boolean packed, String register, String powerOfTwo) {
        if (size < 0 || size > LARGEST) {
            throw new DeviceFaultException(
                    "queue " + queue + " is too large",
                    packed ? "2.8.10.1" : "2.7",
                    "%s reads %s (expected: 0..%d)"
                            .formatted(register, Integer.toUnsignedString(size), LARGEST));
        }
        if (!packed && Integer.bitCount(size) > 1) {
            throw new DeviceFaultException(
                    "the size of queue " + queue + " is not a power of 2",
                    powerOfTwo,
                    register + " reads " + size);
        }
        return size;
    }

    /**
     * Checks what a driver asks for.
     *
     * @param queue the queue's index
     * @param size the size that it asks for
     * @param max the largest that the device allows; 0 when there is no such queue
     * @param packed whether the queue has a packed ring
     * @throws IllegalArgumentException when the device has no such queue, or none of that size
     */
    public static void checkRequested(int queue, int size, int max, boolean packed) {
        if (max == 0) {
            throw new IllegalArgumentException(
                    "the device has no queue %d (expected: one with a size)".formatted(queue));
        }
        if (size > max) {
            throw new IllegalArgumentException(
                    "size %d for queue %d (expected: at most %d)".formatted(size, queue, max));
        }
        if (!packed && Integer.bitCount(size) != 1) {
            throw new IllegalArgumentException(
                    "size %d for queue %d (expected: a power of 2)".formatted(size, queue));
        }
    }
}
