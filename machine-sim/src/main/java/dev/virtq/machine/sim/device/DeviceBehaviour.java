package dev.virtq.machine.sim.device;

import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.RegionMemory;
import org.jspecify.annotations.Nullable;

/**
 * What makes a device one of its type: everything that is not the same for all. Called under the
 * device's lock.
 */
interface DeviceBehaviour {
    DeviceType type();

    /** {@return the features of its type that it implements} */
    FeatureSet features();

    /** {@return features of rings and of all devices that one of this type cannot keep} */
    default FeatureSet unfit() {
        return FeatureSet.EMPTY;
    }

    int queueCount();

    /** {@return how many chains it uses before it tells the driver, when as many are there} */
    default int batch() {
        return 1;
    }

    ConfigBytes config();

    /** {@return the shared memory region with the id 0; {@code null} when there is none} */
    default @Nullable RegionMemory sharedMemory() {
        return null;
    }

    /** Takes note of what was accepted, before the device becomes live. */
    void begin(FeatureSet accepted);

    /** Forgets everything that belongs to the driver. */
    void reset();

    /**
     * Does one piece of work: moves one frame, answers one request.
     *
     * @param queues the enabled queues, by index; {@code null} where none is
     * @return whether there was something to do
     * @throws dev.virtq.queue.ring.DriverFaultException when the driver wrote what it may not
     */
    boolean step(Queues queues);

    /** The enabled queues. */
    interface Queues {
        /** {@return the queue; {@code null} when it is not enabled} */
        @Nullable QueueEnd at(int index);
    }
}
