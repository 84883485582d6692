package dev.virtq.device;

/**
 * What a device is told about a queue before it is enabled (virtio 1.4, section 2.6).
 *
 * @param size how many entries the queue has
 * @param descriptorArea device address of the descriptor area
 * @param driverArea device address of the driver area (split: the available ring)
 * @param deviceArea device address of the device area (split: the used ring)
 * @param startState where driver and device resume: 0 for a split ring that starts afresh; a packed
 *     ring's wrap counters and offsets as vhost encodes them. Only transports that can resume a
 *     queue look at it
 */
public record QueueSetup(
        int size, long descriptorArea, long driverArea, long deviceArea, int startState) {
    /** Refuses a size that no queue can have (section 2.6: at most 32768). */
    public QueueSetup {
        if (size < 1 || size > 32768) {
            throw new IllegalArgumentException("queue size " + size + " (expected: 1..32768)");
        }
    }
}
