package dev.virtq.machine.sim.device;

import dev.virtq.queue.ring.DeviceChain;

/**
 * The device's end of one enabled queue, with the manners of a real device: it looks at the ring
 * when it was notified, asks for no notifications while it works, and asks again before it goes to
 * sleep (virtio 1.4, section 2.9).
 *
 * <p>It may use chains in batches: the driver is told when there are enough of them, or no more are
 * there. Under VIRTIO_F_IN_ORDER one used entry then tells of all, but for those that were not
 * written completely: of a chain that is skipped the driver learns no length, and takes it for
 * complete (2.7.9 and 2.8.8).
 *
 * <p>Threads: {@link #kick} from any, the rest under the device's lock.
 */
final class QueueEnd {
    private static final int NONE = -1;

    private final WatchedRing ring;
    private final Signal signal;
    private final int batch;
    private final boolean inOrder;
    private volatile boolean kicked;
    private boolean awake;
    private boolean paused;
    private boolean holding;

    /** How many chains were used of which the driver was not told. */
    private int untold;

    /** The last of those that the next used entry tells of, too. */
    private int skippedId = NONE;

    private long skippedLength;

    QueueEnd(WatchedRing ring, Signal signal, int batch, boolean inOrder) {
        this.ring = ring;
        this.signal = signal;
        this.batch = batch;
        this.inOrder = inOrder;
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
        if (paused) {
            return false;
        }
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
            tell();
            if (!ring.enableNotifications()) {
                awake = false;
                return false;
            }
            ring.disableNotifications();
        }
        holding = true;
        return true;
    }

    /** Leaves the ring alone for a while, or goes on with it; what was used is told of. */
    void pause(boolean wanted) {
        tell();
        paused = wanted;
        kicked = true; // for what has come meanwhile
    }

    /**
     * Ends with the ring: what was used is told of, and a chain that is held stays the driver's.
     *
     * @return where a device would go on, as vhost encodes it
     */
    int end() {
        tell();
        return ring.position();
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
        untold++;
        DeviceChain chain = ring.chain();
        if (inOrder && untold < batch && length == chain.writableBytes()) {
            skippedId = chain.id();
            skippedLength = length;
            return;
        }
        skippedId = NONE;
        ring.use(chain.id(), length);
        if (untold >= batch) {
            tell();
        }
    }

    /** Keeps the held chain, to be used with others; {@link #take} then takes the next. */
    void keep() {
        holding = false;
    }

    /**
     * Gives chains back that were kept, in the order in which they were taken, and shows them to
     * the driver at once.
     *
     * @param ids of the chains
     * @param lengths how many bytes were written to each
     */
    void useTogether(int[] ids, long[] lengths) {
        for (int i = 0; i < ids.length; i++) {
            ring.use(ids[i], lengths[i]);
        }
        untold += ids.length;
        tell();
    }

    /** Tells the driver of everything that was used. */
    void tell() {
        if (untold == 0) {
            return;
        }
        untold = 0;
        if (skippedId != NONE) {
            ring.use(skippedId, skippedLength);
            skippedId = NONE;
        }
        ring.publish();
        if (ring.driverWantsNotification()) {
            signal.raise();
        }
    }
}
