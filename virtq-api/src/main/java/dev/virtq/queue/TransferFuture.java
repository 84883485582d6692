package dev.virtq.queue;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The completion of one sending through a {@link SharedVirtqueue}, or what depends on it.
 *
 * <p>A thread that waits in {@code get} or {@code join} takes its turn in leading: it waits for the
 * device's interrupt and completes everybody's futures. A program in which nobody ever waits runs
 * {@link SharedVirtqueue#lead} somewhere. So does one that waits in {@link CompletableFuture#allOf}
 * or {@link CompletableFuture#anyOf}, which give futures that know of no queue, or that only asks
 * {@link #isDone}.
 *
 * <p>What hangs on a future runs in the leading thread: it may send and wait, and it must not block
 * on another thread that waits for this queue.
 *
 * <p>Cancelling it releases the waiters and nothing else: the transfer stays with the device.
 *
 * @param <T> what the future gives
 */
public final class TransferFuture<T> extends CompletableFuture<T> {
    private final SharedVirtqueue queue;

    /** Threads that sleep until it is done; null before the first. Guarded by itself. */
    private @Nullable Set<Thread> sleepers;

    /** Whether its owner is told of a failure, now or soon. Under the queue's lock. */
    boolean failed;

    TransferFuture(SharedVirtqueue queue) {
        this.queue = queue;
    }

    /** Has a thread woken when it is done, and at once if it is. */
    void sleeps(Thread thread) {
        boolean first;
        synchronized (this) {
            Set<Thread> all = sleepers;
            first = all == null;
            if (all == null) {
                all = new HashSet<>(2);
                sleepers = all;
            }
            all.add(thread);
        }
        if (first) {
            CompletableFuture<T> _ = whenComplete((_, _) -> wakeSleepers());
        }
    }

    /** The thread need not be woken any more. */
    synchronized void isAwake(Thread thread) {
        if (sleepers != null) {
            sleepers.remove(thread);
        }
    }

    private synchronized void wakeSleepers() {
        if (sleepers != null) {
            sleepers.forEach(LockSupport::unpark);
        }
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new TransferFuture<>(queue);
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        queue.waitFor(this, Long.MAX_VALUE);
        return super.get();
    }

    @Override
    public T get(long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        queue.waitFor(this, unit.toNanos(timeout));
        return super.get(0, unit);
    }

    @Override
    public T join() {
        boolean interrupted = false;
        while (!isDone()) {
            try {
                queue.waitFor(this, Long.MAX_VALUE);
                break; // what is not done by the queue now is done by somebody else
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return super.join();
    }
}
