package dev.virtq.machine.sim.device;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.Interrupt;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** An interrupt from one thread of this process to others. Threads: any. */
final class Signal implements Interrupt {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean raised;
    private @Nullable DeviceLostException lost;

    void raise() {
        lock.lock();
        try {
            raised = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing is raised any more; whoever waits is told why. */
    void end(DeviceLostException why) {
        lock.lock();
        try {
            lost = why;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean poll() {
        lock.lock();
        try {
            return takeRaised();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean await(long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (!raised && lost == null && left > 0) {
                left = changed.awaitNanos(left);
            }
            if (lost != null) {
                throw lost.again();
            }
            return takeRaised();
        } finally {
            lock.unlock();
        }
    }

    private boolean takeRaised() {
        boolean was = raised;
        raised = false;
        return was;
    }
}
