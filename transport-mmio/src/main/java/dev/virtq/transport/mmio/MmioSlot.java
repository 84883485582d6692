package dev.virtq.transport.mmio;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaMemory;
import dev.virtq.transport.InterruptLine;
import dev.virtq.transport.RegisterWindow;
import java.util.Optional;

/**
 * A place at which a virtio device may answer, as a machine reaches it: the seam between virtio
 * over MMIO and the ways to a machine's memory map.
 *
 * <p>The slot belongs to the machine: nobody closes it, it ends with its machine. One transport at
 * a time uses it.
 *
 * <p>Threads: all methods may be called from any thread.
 */
public interface MmioSlot {
    /** {@return where its registers start, in the machine's address space} */
    long address();

    /** {@return the registers, 0x100 bytes at least; what follows is the device's configuration} */
    RegisterWindow registers();

    /**
     * The interrupt line of the slot, if the machine can tell of it.
     *
     * @return the line; empty when nobody listens to it, and the transport has to look at the
     *     interrupt status now and then
     */
    Optional<InterruptLine> line();

    /** {@return the memory that the device reaches} */
    DmaMemory memory();

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
     * Whether the machine is known to be gone. Cheap enough to be asked in a waiting loop.
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
