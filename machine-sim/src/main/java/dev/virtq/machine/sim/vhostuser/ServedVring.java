package dev.virtq.machine.sim.vhostuser;

import dev.virtq.device.QueueSetup;
import dev.virtq.machine.sim.device.ChainWitness;
import dev.virtq.machine.sim.device.ServedDevice;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.PosixException;
import org.jspecify.annotations.Nullable;

/**
 * One queue, as a front end has described it. It runs from the moment at which there is a kick
 * descriptor until the front end asks for its base; while it is not enabled the device leaves it
 * alone.
 */
final class ServedVring implements AutoCloseable {
    private final int index;
    private final ServedDevice device;
    private @Nullable EventFd kick;
    private @Nullable EventFd call;
    private boolean enabled;
    private boolean running;
    private int size;
    private int base;
    private long descriptorArea;
    private long driverArea;
    private long deviceArea;

    ServedVring(int index, ServedDevice device) {
        this.index = index;
        this.device = device;
    }

    int index() {
        return index;
    }

    @Nullable EventFd kick() {
        return running ? kick : null;
    }

    void size(int entries) throws Refusal {
        refuseWhileRunning();
        size = entries;
    }

    void base(int state) throws Refusal {
        refuseWhileRunning();
        base = state;
    }

    void addresses(long descriptors, long used, long available) throws Refusal {
        refuseWhileRunning();
        descriptorArea = descriptors;
        deviceArea = used;
        driverArea = available;
    }

    void call(EventFd other) {
        if (call != null) {
            call.close();
        }
        call = other;
    }

    /** It can run from now on. */
    void kick(EventFd other) {
        if (kick != null) {
            kick.close();
        }
        kick = other;
    }

    void enable(boolean wanted) {
        enabled = wanted;
        device.pause(index, !wanted);
    }

    boolean isRunning() {
        return running;
    }

    /** {@return what the front end has told of it} */
    QueueSetup setup() throws Refusal {
        try {
            return new QueueSetup(size, descriptorArea, driverArea, deviceArea, base);
        } catch (IllegalArgumentException e) {
            throw new Refusal(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Hands the queue to the device.
     *
     * @param witness is told of what the device does with it
     */
    void start(ChainWitness witness) throws Refusal {
        try {
            device.start(index, setup(), witness);
        } catch (DriverFaultException | IllegalArgumentException e) {
            throw new Refusal(String.valueOf(e.getMessage()));
        }
        running = true;
        device.pause(index, !enabled);
    }

    /** {@return where the device would go on} */
    int stop() {
        if (running) {
            running = false;
            base = device.stop(index);
        }
        if (kick != null) {
            kick.close();
            kick = null;
        }
        return base;
    }

    /** Takes the kick, and tells the device. */
    void kicked() throws PosixException {
        if (kick != null && running && kick.take()) {
            device.kick(index);
        }
    }

    void fillKick() throws PosixException {
        if (kick != null) {
            kick.fill();
        }
    }

    void blockNotifications() throws PosixException {
        if (kick != null) {
            kick.block();
        }
        if (call != null) {
            call.block();
        }
    }

    /** Notifies the driver when the device wants that. */
    void tell() throws PosixException {
        if (device.takeInterrupt(index) && call != null) {
            call.signal();
        }
    }

    private void refuseWhileRunning() throws Refusal {
        if (running) {
            throw new Refusal("queue %d runs, and cannot be changed".formatted(index));
        }
    }

    /** Leaves the queue as it is, as whoever dies does. */
    void abandon() {
        running = false;
    }

    @Override
    public void close() {
        if (running) {
            running = false;
            device.stop(index);
        }
        if (kick != null) {
            kick.close();
        }
        if (call != null) {
            call.close();
        }
    }
}
