package dev.virtq.machine.sim.hostile;

import dev.virtq.device.FeatureSet;
import dev.virtq.device.SharedMemoryRegion;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Rules that the devices of a simulated machine break on purpose, so that a driver can be held
 * against them. Each method may change what an honest device would do or say; what is not
 * overridden is honest.
 *
 * <pre>{@code
 * machine.misbehave(RingLie.ID_TWICE);          // one that has a name
 * machine.misbehave(new Mischief() {            // or a script
 *     public void use(HostileRing ring, int id, long length) {
 *         ring.tell(id, length + 1);
 *     }
 * });
 * machine.misbehave(Mischief.NONE);             // honest again
 * }</pre>
 *
 * <p>A mischief has no state of its own: what it needs to go on from is counted for it, from the
 * moment at which the machine was given it.
 *
 * <p>Threads: {@link #use}, {@link #receivedHeader}, {@link #fuseAnswer} and {@link
 * #fuseNotification} are called on the device's thread, {@link #config} and {@link
 * #fileSystemConfig} on the one that starts the machine, the others on those of the driver.
 */
public interface Mischief {
    /** An honest device. */
    Mischief NONE = new Mischief() {};

    /**
     * Gives a chain back that the device has served.
     *
     * @param ring the ring, which takes anything
     * @param id the chain's id
     * @param length how many bytes were written
     */
    default void use(HostileRing ring, int id, long length) {
        ring.useHonestly(id, length);
    }

    /**
     * {@return what the driver reads as device status}
     *
     * @param honest what it is
     */
    default int status(int honest) {
        return honest;
    }

    /** {@return whether a driver's reset reaches the device} */
    default boolean takesReset() {
        return true;
    }

    /**
     * {@return whether a reset of the queue alone is done, and confirmed; if not, the device goes
     * on using the queue (virtio 1.4, section 2.6.1)}
     *
     * @param queue the queue's index
     */
    default boolean confirmsQueueReset(int queue) {
        return true;
    }

    /**
     * {@return the features that the driver reads as offered}
     *
     * @param honest those that are offered
     * @param reads how often they were read before
     */
    default FeatureSet offeredFeatures(FeatureSet honest, int reads) {
        return honest;
    }

    /**
     * {@return the largest size that the driver reads for a queue}
     *
     * @param honest what it is; 0 when there is no such queue
     */
    default int maxQueueSize(int honest) {
        return honest;
    }

    /**
     * {@return what the driver reads as the configuration's generation}
     *
     * @param honest what it is
     * @param reads how often it was read before
     */
    default int generation(int honest, int reads) {
        return honest;
    }

    /**
     * {@return what the driver reads of the configuration space}
     *
     * @param honest the bytes that are there, the lowest address in the lowest 8 bits
     * @param reads how often the space was read before
     */
    default int configRead(int honest, int reads) {
        return honest;
    }

    /**
     * {@return whether a used buffer notification arrives when the driver looks for one}
     *
     * @param honest whether the device has sent one
     */
    default boolean notification(boolean honest) {
        return honest;
    }

    /**
     * {@return whether a configuration change notification arrives when the driver looks for one}
     *
     * @param honest whether the device has sent one
     */
    default boolean configNotification(boolean honest) {
        return honest;
    }

    /**
     * Changes the network device's configuration space once, before a driver sees it.
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
     * Changes the file system device's configuration space once, before a driver sees it.
     *
     * @param space the fields of {@code struct virtio_fs_config} (virtio 1.4, section 5.11.4)
     */
    default void fileSystemConfig(MemorySegment space) {}

    /**
     * {@return the shared memory regions that the driver reads}
     *
     * @param honest those that are there
     */
    default List<SharedMemoryRegion> sharedMemoryRegions(List<SharedMemoryRegion> honest) {
        return honest;
    }

    /**
     * {@return the answer to a FUSE request that the driver gets; it ends where its buffers do}
     *
     * @param opcode what was asked for
     * @param honest the answer: {@code struct fuse_out_header}, and what follows it
     */
    default byte[] fuseAnswer(int opcode, byte[] honest) {
        return honest;
    }

    /**
     * {@return the notification that the driver of a file system device gets; it ends where its
     * buffer does}
     *
     * @param honest the notification: {@code struct fuse_out_header}, and what follows it
     */
    default byte[] fuseNotification(byte[] honest) {
        return honest;
    }
}
