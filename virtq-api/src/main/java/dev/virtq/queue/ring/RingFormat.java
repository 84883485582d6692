package dev.virtq.queue.ring;

import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.QueueSnapshot;

/**
 * A ring format: split or packed. Found by {@link java.util.ServiceLoader}, so that a program gets
 * the formats whose modules it picked, and offers the device no others.
 */
public interface RingFormat {
    /** {@return the format's name, {@code split} or {@code packed}} */
    String name();

    /**
     * {@return whether a device with these accepted features uses this format}
     *
     * @param accepted the accepted features
     */
    boolean isChosenBy(FeatureSet accepted);

    /** {@return the common features that this format implements at its driver end} */
    FeatureSet features();

    /**
     * {@return whether a queue can have that size in this format}
     *
     * @param size how many entries
     */
    boolean isValidSize(int size);

    /**
     * Makes the driver end of a new ring, in memory of its own.
     *
     * @param request what is wanted
     * @return the driver end
     */
    DriverRing createDriverEnd(RingRequest request);

    /**
     * Makes the device end of a ring that a driver has set up.
     *
     * @param setup what the driver told about it
     * @param accepted the accepted features
     * @param memory where the addresses lead
     * @return the device end
     * @throws DriverFaultException when the ring is not in memory
     */
    DeviceRing createDeviceEnd(QueueSetup setup, FeatureSet accepted, DmaMemory memory);

    /**
     * Takes a picture of anybody's ring, from memory and addresses alone.
     *
     * @param queue the queue's index, to be shown
     * @param setup where it is
     * @param accepted the accepted features
     * @param memory where the addresses lead
     * @return the picture
     * @throws IllegalArgumentException when the ring is not in memory
     */
    QueueSnapshot snapshot(int queue, QueueSetup setup, FeatureSet accepted, DmaMemory memory);
}
