package dev.virtq.queue.ring;

import dev.virtq.device.Interrupt;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An interrupt that a test raises. */
public final class FakeInterrupt implements Interrupt {
    private final Semaphore raised = new Semaphore(0);
    private final AtomicInteger awaited = new AtomicInteger();

    /** Makes an interrupt that is quiet. */
    public FakeInterrupt() {}

    /** Notifies. */
    public void raise() {
        raised.release();
    }

    /** {@return how often somebody has begun to wait} */
    public int awaited() {
        return awaited.get();
    }

    @Override
    public boolean poll() {
        return raised.drainPermits() > 0;
    }

    @Override
    public boolean await(long nanos) throws InterruptedException {
        awaited.incrementAndGet();
        if (!raised.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
            return false;
        }
        raised.drainPermits();
        return true;
    }
}
