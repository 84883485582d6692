package dev.virtq.queue;

import java.util.LinkedHashSet;
import java.util.SequencedSet;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which of the threads that wait for a {@link SharedVirtqueue} leads. It changes hands under the
 * queue's lock, and is held without it.
 *
 * <p>A leader that is done hands over to one of those that still wait, and wakes no other. It is
 * the one that came last: its own is likely to be done last, and until then it serves all others.
 */
final class Lead {
    private final ReentrantLock lock;

    /** In the order in which they came; guarded by the lock. */
    private final SequencedSet<Waiter> waiting = new LinkedHashSet<>();

    private @Nullable Thread leader;
    private int depth;

    Lead(ReentrantLock lock) {
        this.lock = lock;
    }

    /** A thread that somebody else leads for. */
    private static final class Waiter {
        final Thread thread = Thread.currentThread();
        final TransferFuture<?> future;

        /** Written under the lock by whoever hands over. */
        volatile boolean leads;

        Waiter(TransferFuture<?> future) {
            this.future = future;
        }

        /** {@return whether the thread was interrupted; else it leads, is done, or out of time} */
        boolean sleep(long nanos) {
            long start = System.nanoTime();
            long left = nanos;
            while (!leads && !future.isDone() && left > 0) {
                LockSupport.parkNanos(this, left);
                if (Thread.interrupted()) {
                    return true;
                }
                left = nanos - (System.nanoTime() - start);
            }
            return false;
        }
    }

    /** {@return whether this thread leads now; if not, the future is done or the time is over} */
    boolean take(TransferFuture<?> future, long nanos) throws InterruptedException {
        Thread current = Thread.currentThread();
        Waiter waiter;
        lock.lockInterruptibly();
        try {
            // Whoever led before may have done this future: then the lead is for one who still
            // waits.
            if (future.isDone() || nanos <= 0) {
                return false;
            }
            // The leader itself comes here again when what hangs on a future waits for another.
            if (leader == null || leader == current) {
                leader = current;
                depth++;
                return true;
            }
            waiter = new Waiter(future);
            waiting.add(waiter);
        } finally {
            lock.unlock();
        }
        future.sleeps(current);
        boolean interrupted = waiter.sleep(nanos);
        future.isAwake(current);
        return end(waiter, interrupted);
    }

    private boolean end(Waiter waiter, boolean interrupted) throws InterruptedException {
        lock.lock();
        try {
            waiting.remove(waiter);
            if (waiter.leads && !interrupted && !waiter.future.isDone()) {
                return true;
            }
            if (waiter.leads) {
                give();
            }
        } finally {
            lock.unlock();
        }
        if (interrupted) {
            throw new InterruptedException();
        }
        return false;
    }

    /**
     * Ends what {@link #take} began: the lead is another's when nothing that the leader began goes
     * on.
     */
    void give() {
        Waiter next = null;
        lock.lock();
        try {
            if (--depth == 0) {
                next = lastToWait();
                leader = null;
                if (next != null) {
                    waiting.remove(next);
                    leader = next.thread;
                    depth = 1;
                    next.leads = true;
                }
            }
        } finally {
            lock.unlock();
        }
        if (next != null) {
            LockSupport.unpark(next.thread);
        }
    }

    private @Nullable Waiter lastToWait() {
        for (Waiter waiter : waiting.reversed()) {
            if (!waiter.future.isDone()) {
                return waiter;
            }
        }
        return null;
    }
}
