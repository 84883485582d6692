package dev.virtq.split;

import dev.virtq.device.DeviceFaultException;

/**
 * What a device can do wrong in the used ring (virtio 1.4, section 2.7.8), as it is told.
 *
 * @param queue the queue's index
 * @param size how many entries it has
 */
record UsedRingFaults(int queue, int size) {
    DeviceFaultException index(long taken, short index, int inFlight) {
        return new DeviceFaultException(
                "queue %d: the used index moved from %d to %d with %d chains in flight"
                        .formatted(queue, taken & 0xffff, Short.toUnsignedInt(index), inFlight),
                "2.7.8",
                "used idx " + Short.toUnsignedInt(index));
    }

    DeviceFaultException id(long taken, int id, int length) {
        boolean exists = Integer.compareUnsigned(id, size) < 0;
        return new DeviceFaultException(
                "queue %d: the device used chain %s, which %s"
                        .formatted(
                                queue,
                                Integer.toUnsignedString(id),
                                exists
                                        ? "is not in flight"
                                        : "does not exist (expected: 0..%d)".formatted(size - 1)),
                "2.7.8",
                slot(taken, id, length));
    }

    DeviceFaultException length(long taken, int id, int length, long room) {
        return new DeviceFaultException(
                "queue %d: the device says that it wrote %s bytes into chain %d, which has room for %d"
                        .formatted(queue, Integer.toUnsignedString(length), id, room),
                "2.7.8.2#2",
                slot(taken, id, length));
    }

    private String slot(long taken, int id, int length) {
        return "used ring slot %d: id %s, length %s"
                .formatted(
                        taken & (size - 1),
                        Integer.toUnsignedString(id),
                        Integer.toUnsignedString(length));
    }
}
