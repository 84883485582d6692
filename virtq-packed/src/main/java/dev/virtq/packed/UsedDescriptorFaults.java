package dev.virtq.packed;

import dev.virtq.device.DeviceFaultException;

/**
 * What a device can do wrong in a used descriptor (virtio 1.4, sections 2.8.4 and 2.8.13), as it is
 * told.
 *
 * @param queue the queue's index
 * @param size how many entries it has
 */
record UsedDescriptorFaults(int queue, int size) {
    DeviceFaultException id(int slot, long rest) {
        int id = Rest.id(rest);
        return new DeviceFaultException(
                "queue %d: the device used chain %d, which %s"
                        .formatted(
                                queue,
                                id,
                                id < size
                                        ? "is not in flight"
                                        : "does not exist (expected: 0..%d)".formatted(size - 1)),
                "2.8.13",
                evidence(slot, rest));
    }

    DeviceFaultException length(int slot, long rest, long room) {
        return new DeviceFaultException(
                "queue %d: the device says that it wrote %d bytes into chain %d, which has room for %d"
                        .formatted(queue, Rest.length(rest), Rest.id(rest), room),
                "2.8.4",
                evidence(slot, rest));
    }

    private static String evidence(int slot, long rest) {
        return "descriptor slot %d: id %d, length %d, flags 0x%04x"
                .formatted(slot, Rest.id(rest), Rest.length(rest), Rest.flags(rest));
    }
}
