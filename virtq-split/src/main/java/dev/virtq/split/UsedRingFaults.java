package dev.virtq.split;

import dev.virtq.device.DeviceFaultException;

/**
 * What a device can do wrong in the used ring (virtio 1.4, sections 2.7.8 and 2.7.9), as it is
 * told. Chains are named by their heads, as the device knows them.
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

    DeviceFaultException id(long taken, int head, long length) {
        boolean exists = Integer.compareUnsigned(head, size) < 0;
        return new DeviceFaultException(
                "queue %d: the device used chain %s, which %s"
                        .formatted(
                                queue,
                                Integer.toUnsignedString(head),
                                exists
                                        ? "is not in flight"
                                        : "does not exist (expected: 0..%d)".formatted(size - 1)),
                "2.7.8",
                slot(taken, head, length));
    }

    DeviceFaultException batch(long taken, int head, long length, long batch, long moved) {
        return new DeviceFaultException(
                "queue %d: the device used a batch of %d up to chain %d, and moved the used index by %d"
                        .formatted(queue, batch, head, moved),
                "2.7.9",
                slot(taken, head, length));
    }

    DeviceFaultException length(long taken, int head, long length, long room) {
        return new DeviceFaultException(
                "queue %d: the device says that it wrote %d bytes into chain %d, which has room for %d"
                        .formatted(queue, length, head, room),
                "2.7.8.2#2",
                slot(taken, head, length));
    }

    private String slot(long taken, int head, long length) {
        return "used ring slot %d: id %s, length %d"
                .formatted(taken & (size - 1), Integer.toUnsignedString(head), length);
    }
}
