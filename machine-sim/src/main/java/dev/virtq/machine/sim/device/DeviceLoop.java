package dev.virtq.machine.sim.device;

import dev.virtq.device.DeviceLostException;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * A thread that is the device: works while there is work, and sleeps until it is notified.
 *
 * <p>What the device works with is made here, too: objects that one thread makes lie side by side
 * in the heap, and the ends of a ring that share cache lines wait for each other.
 */
final class DeviceLoop {
    private final DeviceEnd device;
    private final Thread thread;
    private final Queue<FutureTask<?>> errands = new ConcurrentLinkedQueue<>();
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

    /**
     * Does something in this thread, between two pieces of work; once it has ended, in the
     * caller's. Whoever calls holds no lock that the device takes.
     *
     * @return what comes of it; what it throws is thrown here
     */
    <T> T in(Supplier<T> errand) {
        if (thread == Thread.currentThread()) {
            return errand.get(); // the driver is called by the device's other side
        }
        FutureTask<T> task = new FutureTask<>(errand::get);
        errands.add(task);
        wake();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get(10, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    interrupted = true; // what was begun is brought to its end
                } catch (TimeoutException e) {
                    if (!thread.isAlive()) {
                        task.run(); // unless it has been
                    }
                }
            }
        } catch (ExecutionException e) {
            throw thrown(Objects.requireNonNull(e.getCause()));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException thrown(Throwable cause) {
        return switch (cause) {
            case RuntimeException e -> e;
            case Error e -> throw e;
            default -> new IllegalStateException(cause);
        };
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
                runErrands();
                while (!ended && device.step()) {
                    Thread.onSpinWait();
                    runErrands();
                }
                while (!woken && !ended) {
                    LockSupport.park(this);
                }
            }
        } catch (RuntimeException | Error e) {
            device.lose(new DeviceLostException("the simulated device failed: " + e, e));
        }
    }

    private void runErrands() {
        for (FutureTask<?> task = errands.poll(); task != null; task = errands.poll()) {
            task.run();
        }
    }
}
