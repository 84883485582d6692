package dev.virtq.queue.ring;

import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.QueueSnapshot;
import java.util.OptionalInt;

/**
 * The driver end of one ring, in one format.
 *
 * <p>It knows descriptors, indices and suppression, and nothing of buffers' owners or threads:
 * {@link dev.virtq.queue.Virtqueue} is the state machine above it, the same for every format. A
 * chain that has been {@linkplain #reserve reserved} is known by its id; the ring checks every id
 * and length that the device writes before it hands them on.
 *
 * <p>Not thread safe.
 */
public interface DriverRing {
    /** What {@link #poll} gives when the device has used nothing more. */
    int NOTHING = -1;

    /** {@return how many entries the ring has} */
    int size();

    /**
     * {@return whether the ring also suits these features, after a reset and a new negotiation}
     *
     * @param accepted the newly accepted features
     */
    boolean fits(FeatureSet accepted);

    /** {@return what the device is told about the ring} */
    QueueSetup setup();

    /**
     * Reserves what a chain needs, so that sending it cannot fail for lack of room.
     *
     * @param chain what the device shall read and write
     * @return the chain's id, 0 to {@link #size} - 1
     * @throws QueueFullException when there is not enough room now
     * @throws IllegalArgumentException when the chain could never fit
     */
    int reserve(Chain chain);

    /**
     * Gives back what was reserved.
     *
     * @param id of a chain that is not with the device
     */
    void release(int id);

    /**
     * Takes note that the chain's lengths have changed; descriptors are written anew.
     *
     * @param id of a chain that is not with the device
     */
    void rewrite(int id);

    /**
     * Puts the chain into the next entry, not yet visible to the device.
     *
     * @param id of a chain that is not with the device
     */
    void stage(int id);

    /**
     * Takes back a chain that was staged and not published.
     *
     * @param id of a staged chain
     */
    void unstage(int id);

    /**
     * Makes everything staged visible to the device, with one release store.
     *
     * @return how many chains became visible
     */
    int publish();

    /**
     * Whether the device wants to be notified of what was published since the last call. Contains
     * the full fence that section 2.7.13.4.1 asks for.
     *
     * @return whether to notify; {@code false} when nothing was published
     */
    boolean deviceWantsNotification();

    /**
     * {@return where the next available entry will be, as {@link dev.virtq.device.Doorbell} wants
     * it}
     */
    int nextAvailable();

    /**
     * Whether {@link #poll} would find something: a used chain, or a fault of the device. A look
     * that takes nothing and checks nothing. Whoever polls in a loop asks this first, so that the
     * compiler does not take {@link #poll} for a method that mostly finds nothing.
     *
     * <p>A thread that does not own the ring may look, too, also when it was freed meanwhile: what
     * it is told is then a hint, and nothing more.
     *
     * @return whether there is anything to take
     */
    boolean isAnyUsed();

    /**
     * Takes the next used chain from the ring.
     *
     * @return its id, with {@link #usedLength}; {@link #NOTHING} when there is none
     * @throws dev.virtq.device.DeviceFaultException when the device wrote what it may not
     */
    int poll();

    /** {@return how many bytes the device wrote, for the id that {@link #poll} gave last} */
    long usedLength();

    /**
     * Whether {@link #usedLength} is assumed: under VIRTIO_F_IN_ORDER a device may tell only of the
     * last chain of a batch. Those before it count as used completely, and their used length is all
     * that there was to write (virtio 1.4, 2.7.9 and 2.8.8).
     *
     * @return whether the device has not told how many bytes it wrote
     */
    boolean usedLengthIsAssumed();

    /**
     * Asks the device for notifications.
     *
     * @return whether the device has used something meanwhile, in which case the caller looks at
     *     the ring again before it waits
     */
    boolean enableNotifications();

    /** Tells the device that notifications are not needed. It may send some all the same. */
    void disableNotifications();

    /** {@return how many chains are with the device} */
    int inFlight();

    /** {@return how many chains of one element can still be reserved} */
    int room();

    /**
     * Where a device goes on that has everything of the ring but its own memory, when the one
     * before it is gone for good, and all that it had used was taken.
     *
     * @return the state, as {@link QueueSetup#startState}; empty when the ring does not tell
     *     everything, or what the device has written there does not fit together
     */
    default OptionalInt resumeState() {
        return OptionalInt.empty();
    }

    /** Starts afresh after a confirmed reset: nothing is staged or with the device any more. */
    void restart();

    /** Frees the ring's memory. Only when the device certainly writes to it no more. */
    void free();

    /**
     * Takes the ring's memory, and the tables of the chains that are with the device, out of use
     * for ever, since the device may still write to it.
     */
    void quarantine();

    /** {@return a picture of the ring, with what only the driver knows} */
    QueueSnapshot snapshot();
}
