package dev.virtq.queue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Which of the threads that wait for a {@link SharedVirtqueue} leads. It changes hands under the
 * queue's lock, and is held without it.
 */
final class Lead {
    private final ReentrantLock lock;
    private final Condition isFree;
    private @Nullable Thread leader;
    private int depth;

    Lead(ReentrantLock lock) {
        this.lock = lock;
        isFree = lock.newCondition();
    }

    /** {@return whether this thread leads now; if not, the future is done or the time is over} */
    boolean take(CompletableFuture<?> future, long nanos) throws InterruptedException {
        Thread current = Thread.currentThread();
        long left = nanos;
        lock.lockInterruptibly();
        try {
            // The leader itself comes here again when what hangs on a future waits for another.
            while (leader != null && leader != current && !future.isDone() && left > 0) {
                left = isFree.awaitNanos(left);
            }
            // Whoever led before may have done this future: then the lead is for one who still
            // waits.
            if (future.isDone() || left <= 0) {
                return false;
            }
            leader = current;
            depth++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends what {@link #take} began: the lead is free when nothing that the leader began goes on.
     */
    void give() {
        lock.lock();
        try {
            if (--depth == 0) {
                leader = null;
            }
            isFree.signalAll(); // one whose future is done must not be the only one woken
        } finally {
            lock.unlock();
        }
    }
}
