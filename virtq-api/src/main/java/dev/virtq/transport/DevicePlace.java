package dev.virtq.transport;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaMemory;
import java.util.Optional;

/**
 * Where a device is in its machine: what it reaches from there, how it makes itself heard, and
 * whether it is there at all. What places on a PCI bus and in a memory map have in common.
 *
 * <p>The place belongs to the machine: nobody closes it, it ends with its machine. One transport at
 * a time uses it.
 *
 * <p>Threads: all methods may be called from any thread.
 */
public interface DevicePlace {
    /** {@return the memory that the device reaches} */
    DmaMemory memory();

    /**
     * The interrupt line of the device, if the machine can tell of it.
     *
     * @return the line; empty when nobody listens to it, and the transport has to look at the
     *     device's interrupt status now and then
     * @throws dev.virtq.device.VirtioException when it cannot be listened to
     */
    default Optional<InterruptLine> line() {
        return Optional.empty();
    }

    /**
     * What the machine vouches for: {@link CommonFeature#ACCESS_PLATFORM} when the addresses of
     * {@link #memory} are those that the device has to use behind the platform's translation,
     * {@link CommonFeature#ORDER_PLATFORM} when fences of the CPU order memory for it.
     *
     * @return a subset of those two
     */
    default FeatureSet platformFeatures() {
        return FeatureSet.EMPTY;
    }

    /**
     * Whether the device is known to be gone. Cheap enough to be asked in a waiting loop.
     *
     * @return why it is gone; empty while it is there
     */
    Optional<DeviceLostException> lost();

    /**
     * Whether the device can no longer write to memory: its process is proven dead.
     *
     * @return {@code true} only when that is certain
     */
    default boolean deviceProvenDead() {
        return false;
    }
}
