package dev.virtq.machine.sim.device;

import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DeviceRing;

/**
 * The device's end of one enabled queue, with the manners of a real device: it looks at the ring
 * when it was notified, asks for no notifications while it works, and asks again before it goes to
 * sleep (virtio 1.4, section 2.9).
 *
 * <p>Threads: {@link #kick} from any, the rest under the device's lock.
 */
final class QueueEnd {
    private final DeviceRing ring;
    private final Signal signal;
    private volatile boolean kicked;
    private boolean awake;
    private boolean holding;

    QueueEnd(DeviceRing ring, Signal signal) {
        this.ring = ring;
        this.signal = signal;
    }

    Signal signal() {
        return signal;
    }

    /** Takes note of an available buffer notification. */
    void kick() {
        kicked = true;
    }

    /**
     * Takes the next chain, unless one is held already.
     *
     * @return whether there is one
     * @throws dev.virtq.queue.ring.DriverFaultException when the driver wrote what it may not
     */
    boolean take() {
        if (holding) {
            return true;
        }
        if (!awake) {
            if (!kicked) {
                return false;
            }
            kicked = false; // before the ring is looked at: a later kick is for what comes later
            awake = true;
            ring.disableNotifications();
        }
        while (!ring.take()) {
            if (!ring.enableNotifications()) {
                awake = false;
                return false;
            }
            ring.disableNotifications();
        }
        holding = true;
        return true;
    }

    /** {@return the chain that is held} */
    DeviceChain chain() {
        return ring.chain();
    }

    /**
     * Gives the held chain back, and interrupts the driver if it wants that.
     *
     * @param length how many bytes were written
     */
    void use(long length) {
        holding = false;
        ring.use(ring.chain().id(), length);
        ring.publish();
        if (ring.driverWantsNotification()) {
            signal.raise();
        }
    }
}
