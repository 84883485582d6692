package dev.virtq.queue;

import dev.virtq.device.TransferReturnedException;
import dev.virtq.device.VirtioException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The futures of a {@link SharedVirtqueue}: which are outstanding, and which are about to be done.
 * Used under the queue's lock, but for {@link #completeReady}, which is the leader's.
 */
final class SharedFutures {
    private final Set<TransferFuture<TransferToken>> outstanding = new HashSet<>();
    private final Set<TransferFuture<Boolean>> drains = new HashSet<>();

    /** Futures that are about to be done; the leader's own, handed over with the lead. */
    private final Deque<Runnable> ready = new ArrayDeque<>();

    void sent(Booking booking, TransferFuture<TransferToken> future) {
        booking.future = future;
        outstanding.add(future);
    }

    /** {@return whether there are several, as far as can be seen without the lock} */
    boolean areSeveralOutstanding() {
        return outstanding.size() > 1;
    }

    /** Somebody waits until nothing that was detached is with the device. */
    void drainBegins(TransferFuture<Boolean> drain) {
        drains.add(drain);
    }

    void drainEnds(TransferFuture<Boolean> drain) {
        drains.remove(drain);
    }

    /** Nothing that was detached is with the device. */
    void drained() {
        drains.forEach(drain -> ready.add(() -> drain.complete(true)));
        drains.clear();
    }

    void used(Booking booking) {
        end(booking, TransferFuture::complete);
    }

    void returned(Booking booking) {
        end(
                booking,
                (future, token) ->
                        future.completeExceptionally(
                                new TransferReturnedException(
                                        "%s ended %s before the device used it"
                                                .formatted(booking.returnedBy, token))));
    }

    private void end(
            Booking booking, BiConsumer<TransferFuture<TransferToken>, TransferToken> how) {
        TransferToken token = booking.takeSubmitted();
        if (token == null) {
            return; // it was closed meanwhile: then the failure that did it is told
        }
        TransferFuture<TransferToken> future = forget(booking);
        if (future != null) {
            ready.add(() -> how.accept(future, token));
        }
    }

    /** {@return the future of a booking, which nobody completes any more} */
    @Nullable TransferFuture<TransferToken> forget(Booking booking) {
        TransferFuture<TransferToken> future = booking.future;
        booking.future = null;
        outstanding.remove(future);
        return future;
    }

    /** The device cannot be used: everybody is told. */
    void failAll(VirtioException failure) {
        outstanding.forEach(future -> fail(future, failure));
        outstanding.clear();
        drains.forEach(future -> fail(future, failure));
        drains.clear();
    }

    private void fail(TransferFuture<?> future, VirtioException failure) {
        future.failed = true;
        ready.add(() -> future.completeExceptionally(failure.again()));
    }

    int readyCount() {
        return ready.size();
    }

    /**
     * Completes futures: still leading, so that nobody goes to sleep over one that is about to be
     * done; without the lock, since what hangs on a future may call the queue.
     *
     * @return whether there were any
     */
    boolean completeReady() {
        Runnable completion;
        boolean any = false;
        while ((completion = ready.poll()) != null) {
            completion.run();
            any = true;
        }
        return any;
    }
}
