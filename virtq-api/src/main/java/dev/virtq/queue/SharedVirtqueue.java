package dev.virtq.queue;

import dev.virtq.device.VirtioException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One virtqueue for many threads, virtual ones among them.
 *
 * <p>A lock guards the queue, and one of the waiting threads leads: it waits for the interrupt, without
 * the lock, takes what the device is done with, completes everybody's futures, and hands the lead over
 * when its own is done.
 *
 * <pre>{@code
 * SharedVirtqueue shared = queue.share();
 * TransferToken token = shared.prepare(BufferList.send(request).receive(reply));
 * MemorySegment answer = shared.send(token).join().received(0);
 * }</pre>
 *
 * <p>Threads: all methods may be called from any thread. A token is used by one thread at a time. Views
 * of its buffers belong to the thread that makes them and have to be {@linkplain
 * dev.virtq.memory.DmaBuffer#closeViews closed} there before another thread sends it.
 */
public final class SharedVirtqueue {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition leadIsFree = lock.newCondition();
    private final Set<TransferFuture<TransferToken>> outstanding = new HashSet<>();
    private final Virtqueue queue;
    private final QueueWait wait;
    private @Nullable Thread leader;
    private int leads;

    SharedVirtqueue(Virtqueue queue, QueueWait wait) {
        this.queue = queue;
        this.wait = wait;
    }

    /**
     * Prepares a transfer; see {@link Virtqueue#prepare}.
     *
     * @param buffers what the device shall read, and write
     * @return the prepared transfer
     */
    public TransferToken prepare(BufferList buffers) {
        return locked(() -> queue.prepare(buffers));
    }

    /**
     * Sends a transfer, at once.
     *
     * @param token prepared on this queue
     * @return completes with the token when the device is done, or with the {@link VirtioException} that
     *     ended it
     * @throws IllegalStateException when the token cannot be sent; nothing has changed then
     * @throws IllegalArgumentException when the token belongs to another queue
     */
    public TransferFuture<TransferToken> send(TransferToken token) {
        if (token.queue() != queue) {
            throw new IllegalArgumentException(
                    token + " belongs to " + token.queue() + ", not to " + queue);
        }
        return locked(
                () -> {
                    queue.submit(token, token.booking());
                    TransferFuture<TransferToken> future = new TransferFuture<>(this);
                    token.booking().future = future;
                    outstanding.add(future);
                    queue.flush();
                    return future;
                });
    }

    /**
     * Ends a token and frees its buffers, as {@link TransferToken#close}, which only the queue's owner may
     * call. In flight, its memory is freed when the device is done.
     *
     * @param token prepared on this queue
     */
    public void close(TransferToken token) {
        locked(
                () -> {
                    token.close();
                    return token;
                });
    }

    /** {@return a picture of the ring as it is now} */
    public QueueSnapshot snapshot() {
        return locked(queue::snapshot);
    }

    /**
     * Leads until the thread is interrupted or the device cannot be used any more. For programs in which
     * nobody waits for a future: run it in a thread of its own, which may be a virtual one.
     */
    public void lead() {
        try {
            waitFor(new CompletableFuture<Void>(), Long.MAX_VALUE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // asked to end: that is how it ends
        }
    }

    /** Waits until the future is done or the time is over, leading whenever nobody else does. */
    void waitFor(CompletableFuture<?> future, long nanos) throws InterruptedException {
        long start = System.nanoTime();
        boolean failed = false;
        while (!future.isDone() && !failed) {
            long left = nanos - (System.nanoTime() - start);
            if (left <= 0 || !takeLead(future, left)) {
                return;
            }
            List<Runnable> completions = new ArrayList<>();
            try {
                failed = leadOnce(left, completions);
            } finally {
                // Still leading, so that nobody goes to sleep over a future that is about to be done;
                // without the lock, since what hangs on a future may call this queue.
                completions.forEach(Runnable::run);
                giveLead();
            }
        }
    }

    /** {@return whether this thread leads now; if not, the future is done or the time is over} */
    private boolean takeLead(CompletableFuture<?> future, long nanos) throws InterruptedException {
        Thread current = Thread.currentThread();
        long left = nanos;
        lock.lockInterruptibly();
        try {
            // The leader itself comes here again when what hangs on a future waits for another.
            while (leader != null && leader != current) {
                if (future.isDone() || left <= 0) {
                    return false;
                }
                left = leadIsFree.awaitNanos(left);
            }
            leader = current;
            leads++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void giveLead() {
        lock.lock();
        try {
            if (--leads == 0) {
                leader = null;
            }
            leadIsFree.signalAll(); // one whose future is done must not be the only one woken
        } finally {
            lock.unlock();
        }
    }

    /** {@return whether the device failed} */
    private boolean leadOnce(long nanos, List<Runnable> completions) throws InterruptedException {
        try {
            if (!locked(() -> collect(completions))) {
                wait.sleep(nanos);
                queue.health().examine();
            }
            return false;
        } catch (VirtioException e) {
            locked(
                    () -> {
                        for (TransferFuture<TransferToken> future : outstanding) {
                            completions.add(() -> future.completeExceptionally(e.again()));
                        }
                        outstanding.clear();
                        return true;
                    });
            return true;
        }
    }

    /** {@return whether anything was done; if not, the device has been asked for an interrupt} */
    private boolean collect(List<Runnable> completions) {
        int before = completions.size();
        do {
            Booking booking;
            while ((booking = queue.pollBooking()) != null) {
                complete(booking, completions);
            }
        } while (completions.size() == before && queue.ring().enableNotifications());
        return completions.size() > before;
    }

    private void complete(Booking booking, List<Runnable> completions) {
        TransferToken token = booking.takeSubmitted();
        TransferFuture<TransferToken> future = booking.future;
        booking.future = null;
        if (token != null && future != null) {
            outstanding.remove(future);
            completions.add(() -> future.complete(token));
        }
    }

    private <T> T locked(Supplier<T> action) {
        lock.lock();
        try {
            queue.owner().enterShared();
            try {
                return action.get();
            } finally {
                queue.owner().leaveShared();
            }
        } finally {
            lock.unlock();
        }
    }
}
