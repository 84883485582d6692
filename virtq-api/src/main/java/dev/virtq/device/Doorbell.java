package dev.virtq.device;

/** Tells the device that a queue has new buffers (virtio 1.4, section 2.9). */
@FunctionalInterface
public interface Doorbell {
    /**
     * Sends an available buffer notification.
     *
     * @param next where the next available entry will be written, as VIRTIO_F_NOTIFICATION_DATA
     *     wants it: 15 bits of offset or index, and in bit 15 the index's top bit or the wrap
     *     counter. Transports ignore it when that feature was not accepted
     * @throws DeviceLostException when the device cannot be reached
     */
    void ring(int next);
}
