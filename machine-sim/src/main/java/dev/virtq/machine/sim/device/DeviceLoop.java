package dev.virtq.machine.sim.device;

import dev.virtq.device.DeviceLostException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** A thread that is the device: works while there is work, and sleeps until it is notified. */
final class DeviceLoop {
    private final DeviceEnd device;
    private final Thread thread;
    private volatile boolean woken;
    private volatile boolean ended;

    DeviceLoop(DeviceEnd device, String name) {
        this.device = device;
        thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    void start() {
        device.onNotification(this::wake);
        thread.start();
    }

    /** Ends the thread. {@return whether it has ended in time} */
    boolean end(Duration timeout) {
        ended = true;
        LockSupport.unpark(thread);
        if (thread == Thread.currentThread()) {
            return false; // the network closes the machine it is part of
        }
        boolean interrupted = false;
        long deadline = System.nanoTime() + timeout.toNanos();
        while (thread.isAlive() && System.nanoTime() < deadline) {
            try {
                thread.join(Duration.ofMillis(10));
            } catch (InterruptedException e) {
                interrupted = true; // what was begun is brought to its end
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    boolean hasEnded() {
        return !thread.isAlive();
    }

    private void wake() {
        woken = true;
        LockSupport.unpark(thread);
    }

    private void run() {
        try {
            while (!ended) {
                woken = false; // before the work: what comes during it is for another round
                while (!ended && device.step()) {
                    Thread.onSpinWait();
                }
                while (!woken && !ended) {
                    LockSupport.park(this);
                }
            }
        } catch (RuntimeException | Error e) {
            device.lose(new DeviceLostException("the simulated device failed: " + e, e));
        }
    }
}
