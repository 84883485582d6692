package dev.virtq.queue;

import dev.virtq.device.Interrupt;
import dev.virtq.device.TransferTimeoutException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * How a thread waits for the device: it looks at the ring for a while, since most answers come
 * within microseconds, and then asks for an interrupt and sleeps.
 */
final class QueueWait {
    /** How long a thread sleeps before it looks whether the device is still there. */
    private static final long SLICE_NANOS = 50_000_000;

    private static final int POLLS_PER_LOOK = 8;

    private final Virtqueue queue;
    private final long spinNanos;
    private final MissedInterrupts missed;
    private volatile Interrupt interrupt;

    /** Of {@link System#nanoTime}; used by the queue's owner. */
    private long examined = System.nanoTime();

    /** Polls since the clock was looked at, in its low bits. */
    private int unexamined;

    QueueWait(Virtqueue queue, long spinNanos, Interrupt interrupt) {
        this.queue = queue;
        this.spinNanos = spinNanos;
        this.interrupt = interrupt;
        missed = new MissedInterrupts(queue.index());
    }

    void reconnect(Interrupt other) {
        interrupt = other;
    }

    /** As {@link #within}; that the time is over is an exception. */
    void until(BooleanSupplier condition, Duration timeout, Supplier<String> what)
            throws InterruptedException {
        if (!within(condition, timeout, what)) {
            throw new TransferTimeoutException(
                    "the device was not done with %s after %s ms"
                            .formatted(what.get(), timeout.toMillis()));
        }
    }

    /**
     * Waits until the condition holds; it is looked at each time that the ring has been emptied.
     *
     * @return whether it holds; {@code false} says that the time is over
     */
    boolean within(BooleanSupplier condition, Duration timeout, Supplier<String> what)
            throws InterruptedException {
        long start = System.nanoTime();
        long limit = nanos(timeout);
        while (true) {
            if (queue.reaper().reapFor(condition)) {
                return true;
            }
            queue.reaper().throwIfFailed();
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while waiting for " + what.get());
            }
            long waited = System.nanoTime() - start;
            if (waited >= limit) {
                queue.health().examine();
                queue.reaper().throwIfFailed();
                return false;
            }
            if (waited < spinNanos) {
                examineNowAndThen();
                Thread.onSpinWait();
            } else if (!queue.ring().enableNotifications()) {
                if (isSilent(limit - waited) && queue.ring().enableNotifications()) {
                    usedInSilence();
                }
                queue.ring().disableNotifications();
                queue.health().examine();
            }
        }
    }

    /** For those who look at the ring and never sleep: they notice a lost device, too. */
    void examineNowAndThen() {
        if ((++unexamined & POLLS_PER_LOOK - 1) != 0) {
            return; // a clock takes longer than a poll
        }
        long now = System.nanoTime();
        if (now - examined > SLICE_NANOS) {
            examined = now;
            queue.health().examine();
        }
    }

    /**
     * Sleeps until the device notifies, a slice at most.
     *
     * @return whether the device did not notify for a whole slice
     */
    boolean isSilent(long nanos) throws InterruptedException {
        return !interrupt.await(Math.min(nanos, SLICE_NANOS)) && nanos >= SLICE_NANOS;
    }

    /** Something was used although the device {@linkplain #isSilent was silent}. */
    void usedInSilence() throws InterruptedException {
        missed.usedInSilence(interrupt, SLICE_NANOS);
    }

    /** {@return how many waits ended with something used, and no interrupt} */
    long missedInterrupts() {
        return missed.count();
    }

    long spinNanos() {
        return spinNanos;
    }

    static long nanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE; // some 292 years
        }
    }
}
