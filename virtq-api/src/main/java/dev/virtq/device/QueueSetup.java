package dev.virtq.device;

/**
 * What a device is told about a queue before it is enabled (virtio 1.4, section 2.6).
 *
 * @param size how many entries the queue has
 * @param descriptorArea device address of the descriptor area
 * @param driverArea device address of the driver area (split: the available ring)
 * @param deviceArea device address of the device area (split: the used ring)
 * @param startState where driver and device resume: for a split ring the next index, 0 when it
 *     starts afresh; for a packed ring the wrap counters and offsets as vhost encodes them. Only
 *     transports that can resume a queue look at it
 */
public record QueueSetup(
        int size, long descriptorArea, long driverArea, long deviceArea, int startState) {
    /** Refuses a size that no queue can have (section 2.6: at most 32768). */
    public QueueSetup {
        if (size < 1 || size > 32768) {
            throw new IllegalArgumentException("queue size " + size + " (expected: 1..32768)");
        }
    }

    /**
     * {@return the same queue, which goes on at another place}
     *
     * @param state where, as {@link #startState}
     */
    public QueueSetup startingAt(int state) {
        return new QueueSetup(size, descriptorArea, driverArea, deviceArea, state);
    }
}
