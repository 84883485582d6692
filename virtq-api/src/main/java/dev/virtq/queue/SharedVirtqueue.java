package dev.virtq.queue;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.TransferTimeoutException;
import dev.virtq.device.VirtioException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One virtqueue for many threads, virtual ones among them.
 *
 * <p>A lock guards the queue, and one of the waiting threads leads: it waits for the interrupt,
 * without the lock, takes what the device is done with, completes everybody's futures, and hands
 * the lead over when its own is done.
 *
 * <pre>{@code
 * SharedVirtqueue shared = queue.share();
 * TransferToken token = shared.prepare(BufferList.send(request).receive(reply));
 * MemorySegment answer = shared.send(token).join().received(0);
 * }</pre>
 *
 * <p>When the device is lost while somebody waits, every outstanding future fails with it, and with
 * that its transfer is its owner's to send anew: what a {@linkplain
 * dev.virtq.device.VirtioDevice#reconnect reconnected} device would be sent again are those whose
 * futures nobody has failed.
 *
 * <p>Threads: all methods may be called from any thread. A token is used by one thread at a time.
 * Views of its buffers belong to the thread that makes them and have to be {@linkplain
 * dev.virtq.memory.DmaBuffer#closeViews closed} there before another thread sends it.
 */
public final class SharedVirtqueue {
    /** A lost device, and what was closed or returned meanwhile, is seen with the lock only. */
    private static final int LOOKS_PER_COLLECT = 256;

    private static final int LOCK_TRIES = 200;

    /** A thread that seems to be alone may keep others from their only core. */
    private static final int WAITS_PER_YIELD = 32;

    private final ReentrantLock lock = new ReentrantLock();
    private final Lead lead = new Lead(lock);
    private final SharedFutures futures = new SharedFutures();
    private final Virtqueue queue;
    private final QueueWait wait;
    private boolean notificationsEnabled;

    /** Counted by all without a lock: it need not be exact. */
    private int waits;

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
     * @return completes with the token when the device is done, or with the {@link VirtioException}
     *     that ended it
     * @throws IllegalStateException when the token cannot be sent, or the device is suspended;
     *     nothing has changed then
     * @throws IllegalArgumentException when the token belongs to another queue
     * @throws VirtioException when the device cannot be used or reached
     */
    public TransferFuture<TransferToken> send(TransferToken token) {
        checkMine(token);
        return locked(() -> {
            queue.checkNotSuspended("send");
            queue.sendings().submit(token, token.booking());
            TransferFuture<TransferToken> future = new TransferFuture<>(this);
            futures.sent(token.booking(), future);
            queue.flush();
            return future;
        });
    }

    /**
     * Prepares a transfer and sends it, at once: what {@link #prepare} and {@link
     * #send(TransferToken)} do, with the lock taken once.
     *
     * @param buffers what the device shall read, and write
     * @param before what is done with the token before it is sent, as {@link
     *     TransferToken#limitSending}; when it throws, the buffers stay the caller's
     * @return as {@link #send(TransferToken)}
     * @throws QueueFullException when there is not enough room; the buffers stay the caller's
     * @throws IllegalArgumentException as {@link Virtqueue#prepare}
     * @throws IllegalStateException as {@link Virtqueue#prepare}; or the device is suspended, and
     *     the buffers stay the caller's
     * @throws VirtioException when the device cannot be used or reached
     */
    public TransferFuture<TransferToken> send(BufferList buffers, Consumer<TransferToken> before) {
        return locked(() -> {
            TransferToken token = queue.prepare(buffers);
            boolean sent = false;
            try {
                before.accept(token);
                TransferFuture<TransferToken> future = send(token);
                sent = true;
                return future;
            } finally {
                if (!sent && !token.state().isWithDevice()) {
                    token.release();
                }
            }
        });
    }

    /**
     * Ends a token and frees its buffers, as {@link TransferToken#close}. In flight, its future is
     * cancelled, and its memory is freed when the device is done.
     *
     * @param token prepared on this queue
     * @throws IllegalArgumentException when the token belongs to another queue
     */
    public void close(TransferToken token) {
        checkMine(token);
        token.close();
    }

    private void checkMine(TransferToken token) {
        if (token.queue() != queue) {
            throw new IllegalArgumentException(
                    token + " belongs to " + token.queue() + ", not to " + queue);
        }
    }

    /** {@return a picture of the ring as it is now} */
    public QueueSnapshot snapshot() {
        return locked(queue::snapshot);
    }

    /** {@return as {@link Virtqueue#missedInterrupts}} */
    public long missedInterrupts() {
        return wait.missedInterrupts();
    }

    /** {@return how many transfers of one element can still be prepared} */
    public int room() {
        return locked(queue::room);
    }

    /**
     * Waits until every transfer that was closed in flight is done. A reset drops those that are
     * not; so drain before closing what must arrive.
     *
     * @param timeout how long at most
     * @throws TransferTimeoutException when the time is over
     * @throws InterruptedException when the thread is interrupted
     * @throws VirtioException when the device cannot be used any more
     */
    public void drain(Duration timeout) throws InterruptedException {
        TransferFuture<Boolean> drained = new TransferFuture<>(this);
        if (locked(() -> isDrainedOr(drained))) {
            return;
        }
        try {
            drained.get(QueueWait.nanos(timeout), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new TransferTimeoutException(
                    "the device was not done with %d detached transfers of queue %d after %d ms"
                            .formatted(
                                    locked(queue.books()::detachedInFlight),
                                    queue.index(),
                                    timeout.toMillis()));
        } catch (ExecutionException e) {
            throw e.getCause() instanceof VirtioException failure
                    ? failure
                    : new IllegalStateException(e.getCause());
        } finally {
            locked(() -> {
                futures.drainEnds(drained);
                return true;
            });
        }
    }

    /**
     * Leads until the thread is interrupted or the device cannot be used any more. For programs in
     * which nobody waits for a future: run it in a thread of its own, which may be a virtual one.
     */
    public void lead() {
        try {
            waitFor(new TransferFuture<Void>(this), Long.MAX_VALUE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // asked to end: that is how it ends
        }
    }

    /** Waits until the future is done or the time is over, leading when nobody else does. */
    void waitFor(TransferFuture<?> future, long nanos) throws InterruptedException {
        long start = System.nanoTime();
        if (future.isDone()) {
            return;
        }
        if (futures.areSeveralOutstanding() || ++waits % WAITS_PER_YIELD == 0) {
            letOthersRun(); // the device takes longer, and what they send comes with this one
        }
        if (!lead.take(future, nanos)) {
            return;
        }
        try {
            // When what hangs on a future waits here, the rest comes first.
            futures.completeReady();
            boolean failed = false;
            long left = nanos - (System.nanoTime() - start);
            while (!future.isDone() && !failed && left > 0) {
                failed = leadOnce(future, left);
                if (futures.completeReady() && !future.isDone()) {
                    letOthersRun();
                }
                left = nanos - (System.nanoTime() - start);
            }
        } finally {
            try {
                futures.completeReady();
            } finally {
                lead.give();
            }
        }
    }

    /**
     * Virtual threads are not taken from their core: those that were woken, or want to send, may
     * wait for the one on which this thread looks at the ring.
     */
    @SuppressWarnings("ThreadPriorityCheck") // for speed; nothing depends on it
    private static void letOthersRun() {
        if (Thread.currentThread().isVirtual()) {
            Thread.yield();
        }
    }

    /** {@return whether the device failed} */
    private boolean leadOnce(TransferFuture<?> future, long nanos) throws InterruptedException {
        try {
            if (!spin(future, nanos) && !locked(this::collectOrEnableNotifications)) {
                if (wait.isSilent(nanos) && locked(this::isAnyUsed)) {
                    wait.usedInSilence();
                }
                queue.health().examine();
            }
            return false;
        } catch (VirtioException e) {
            return locked(() -> {
                if (isConnectedAnewSince(e)) {
                    return false;
                }
                futures.failAll(e);
                return true;
            });
        }
    }

    /** Whoever sleeps while a device is lost may wake up when another has taken its place. */
    private boolean isConnectedAnewSince(VirtioException e) {
        if (!(e instanceof DeviceLostException)) {
            return false;
        }
        try {
            queue.health().examine();
        } catch (VirtioException again) {
            return false;
        }
        return queue.books().isSettled(queue.health().failure());
    }

    /**
     * Looks at the ring for a while, most of the time without the lock, which others need to send.
     *
     * @return whether anything was done
     */
    private boolean spin(TransferFuture<?> future, long nanos) {
        long limit = Math.min(nanos, wait.spinNanos());
        long start = System.nanoTime();
        int looks = 0;
        do {
            // Without the lock it is a hint: nobody but the leader takes from the ring.
            if (queue.ring().isAnyUsed() || looks++ % LOOKS_PER_COLLECT == 0) {
                if (locked(this::collect)) {
                    return true;
                }
            }
            if (lock.hasQueuedThreads()) {
                letOthersRun();
            } else {
                Thread.onSpinWait();
            }
        } while (System.nanoTime() - start < limit && !future.isDone());
        return false;
    }

    /** {@return whether anything was done; if not, the device has been asked for an interrupt} */
    private boolean collectOrEnableNotifications() {
        do {
            if (collect()) {
                return true;
            }
            notificationsEnabled = true;
        } while (queue.ring().enableNotifications());
        return false;
    }

    private boolean isAnyUsed() {
        return !queue.books().isClosed() && queue.ring().enableNotifications();
    }

    private boolean isDrainedOr(TransferFuture<Boolean> drain) {
        queue.books().sweepLost();
        if (queue.books().detachedInFlight() == 0) {
            return true;
        }
        futures.drainBegins(drain);
        return false;
    }

    /** {@return whether anything was done} */
    private boolean collect() {
        if (notificationsEnabled && !queue.books().isClosed()) {
            notificationsEnabled = false;
            queue.ring().disableNotifications();
        }
        int before = futures.readyCount();
        queue.books().returned().take().forEach(futures::returned);
        Booking booking;
        while ((booking = queue.reaper().poll()) != null) {
            futures.used(booking);
        }
        if (queue.books().detachedInFlight() == 0) {
            futures.drained();
        }
        return futures.readyCount() > before;
    }

    /** Lets go of a token, and of whoever waits for it. */
    void detach(Booking booking) {
        TransferFuture<TransferToken> future =
                locked(
                                () -> {
                                    queue.books().detach(booking);
                                    return Optional.ofNullable(futures.forget(booking));
                                })
                        .orElse(null);
        if (future != null) {
            future.cancel(false);
        }
    }

    /** Does something as the queue's owner; within such an action, too. */
    <T> T locked(Supplier<T> action) {
        if (lock.isHeldByCurrentThread()) {
            return action.get();
        }
        lockSoon();
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

    /** It is held for a microsecond at most: to sleep, and to be woken, takes longer. */
    private void lockSoon() {
        for (int tries = 0; tries < LOCK_TRIES; tries++) {
            if (lock.tryLock()) {
                return;
            }
            Thread.onSpinWait();
        }
        lock.lock();
    }
}
