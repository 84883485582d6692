package dev.virtq.machine.sim;

import java.lang.foreign.MemorySegment;

/**
 * Rules that a simulated network device breaks on purpose, so that a driver can be held against
 * them. Each method may change what an honest device would say.
 *
 * <p>Threads: called on the device's thread, {@link #config} on the one that starts the machine,
 * {@link #confirmsQueueReset} on the one that resets the queue.
 */
public interface Mischief {
    /** An honest device. */
    Mischief NONE = new Mischief() {};

    /**
     * Changes the configuration space before a driver sees it.
     *
     * @param space the fields of {@code struct virtio_net_config} (virtio 1.4, section 5.1.4)
     */
    default void config(MemorySegment space) {}

    /**
     * Changes the header of a received frame before the driver sees it.
     *
     * @param header the 12 bytes of {@code struct virtio_net_hdr} (virtio 1.4, section 5.1.9)
     */
    default void receivedHeader(MemorySegment header) {}

    /**
     * {@return whether a reset of the queue alone is done, and confirmed; if not, the device goes
     * on using the queue (virtio 1.4, section 2.6.1)}
     *
     * @param queue 0 for received frames, 1 for transmitted ones
     */
    default boolean confirmsQueueReset(int queue) {
        return true;
    }

    /**
     * {@return the used length to report}
     *
     * @param queue 0 for received frames, 1 for transmitted ones
     * @param honest how many bytes the device wrote
     */
    default long usedLength(int queue, long honest) {
        return honest;
    }
}
