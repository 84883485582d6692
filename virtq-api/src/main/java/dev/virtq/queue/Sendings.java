package dev.virtq.queue;

import dev.virtq.device.TransferReturnedException;
import dev.virtq.queue.Booking.Phase;
import dev.virtq.queue.ring.DriverRing;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What can be done with one prepared transfer of a queue: the operations behind {@link
 * TransferToken} and {@link Transfer}. Each of them checks first that this is the time and the
 * thread for it.
 *
 * <p>Not thread safe, but for {@link #isPublished}; of a shared queue, {@link #limit}, {@link
 * #detach} and {@link #release} take the lock.
 */
final class Sendings {
    private static final VarHandle PUBLISHED_ID;

    static {
        try {
            PUBLISHED_ID =
                    MethodHandles.lookup().findVarHandle(Sendings.class, "publishedId", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Virtqueue queue;
    private final DriverRing ring;
    private final QueueWait wait;
    private long lastId;
    private int staged;

    /** Set once, before anybody else sees the shared queue. */
    private @Nullable SharedVirtqueue sharedAs;

    /** Written by the owner with release, read by {@link #isPublished} from any thread. */
    @SuppressWarnings("UnusedVariable") // accessed through PUBLISHED_ID
    private long publishedId;

    Sendings(Virtqueue queue, DriverRing ring, QueueWait wait) {
        this.queue = queue;
        this.ring = ring;
        this.wait = wait;
    }

    void shareAs(SharedVirtqueue shared) {
        sharedAs = shared;
    }

    /** Takes note that everything staged so far is shown to the device. */
    void published() {
        PUBLISHED_ID.setRelease(this, lastId);
        staged = 0;
    }

    boolean isAnyStaged() {
        return staged > 0;
    }

    /** Takes note that a reset has returned what was staged. */
    void returned() {
        staged = 0;
    }

    boolean isPublished(long id) {
        return id <= (long) PUBLISHED_ID.getAcquire(this);
    }

    long submit(TransferToken token, Booking booking) {
        long id = stage(booking);
        booking.submitted = token;
        booking.byHandle = false;
        return id;
    }

    /** As {@link #submit} for each; what holds for all is looked at once. */
    void submitAll(TransferToken[] tokens, int from, int count) {
        queue.owner().check();
        queue.reaper().throwIfFailed();
        for (int i = from; i < from + count; i++) {
            TransferToken token = tokens[i];
            Booking booking = token.booking();
            if (booking.queue != queue) {
                throw new IllegalArgumentException(
                        "%s was prepared on another queue than %s".formatted(token, queue));
            }
            checkSendable(booking);
            stageReady(booking);
            booking.submitted = token;
            booking.byHandle = false;
        }
    }

    long send(Booking booking) {
        long id = stage(booking);
        booking.submitted = null;
        booking.byHandle = true;
        return id;
    }

    private long stage(Booking booking) {
        queue.owner().check();
        checkSendable(booking);
        queue.reaper().throwIfFailed();
        return stageReady(booking);
    }

    private static void checkSendable(Booking booking) {
        if (!booking.isSendable()) {
            throw booking.illegal("send");
        }
    }

    private long stageReady(Booking booking) {
        booking.revokeViews();
        long id = ++lastId;
        booking.id = id;
        booking.usedLength = 0;
        booking.phase(Phase.SENT);
        ring.stage(booking.ringId);
        staged++;
        return id;
    }

    void takeBack(Booking booking) {
        queue.owner().check();
        if (booking.state() != TransferState.STAGED) {
            throw booking.illegal("take back");
        }
        ring.unstage(booking.ringId);
        staged--;
        booking.submitted = null;
        booking.phase(Phase.PREPARED);
    }

    void limit(Booking booking, int buffer, long length) {
        SharedVirtqueue shared = sharedAs;
        if (shared == null) {
            limitAsOwner(booking, buffer, length);
        } else {
            shared.locked(() -> {
                limitAsOwner(booking, buffer, length);
                return booking;
            });
        }
    }

    private void limitAsOwner(Booking booking, int buffer, long length) {
        queue.owner().check();
        if (!booking.isSendable()) {
            throw booking.illegal("limit");
        }
        if (booking.chain.limit(buffer, length)) {
            ring.rewrite(booking.ringId);
        }
    }

    void detach(Booking booking) {
        Phase phase = booking.phase();
        if (phase == Phase.CLOSED || phase == Phase.QUARANTINED || booking.detached) {
            return;
        }
        SharedVirtqueue shared = sharedAs;
        if (shared != null) {
            shared.detach(booking);
            return;
        }
        queue.owner().check();
        queue.books().detach(booking);
    }

    BufferList release(Booking booking) {
        SharedVirtqueue shared = sharedAs;
        return shared != null
                ? shared.locked(() -> releaseAsOwner(booking))
                : releaseAsOwner(booking);
    }

    private BufferList releaseAsOwner(Booking booking) {
        queue.owner().check();
        if (!booking.isSendable()) {
            throw booking.illegal("release");
        }
        queue.books().release(booking);
        return booking.buffers;
    }

    boolean pollFor(Booking booking, long id) {
        checkWaitable(booking, id);
        if (isDone(booking, id)) {
            return true; // whatever is behind it in the ring
        }
        queue.reaper().reap();
        if (isDone(booking, id)) {
            return true;
        }
        queue.reaper().throwIfFailed();
        return false;
    }

    void awaitFor(Booking booking, long id, Duration timeout) throws InterruptedException {
        checkWaitable(booking, id);
        if (!isPublished(lastId)) {
            queue.flush();
        }
        wait.until(
                () -> isDone(booking, id),
                timeout,
                () -> "sending " + id + " of " + booking.describe());
    }

    private void checkWaitable(Booking booking, long id) {
        checkCurrent(booking, id);
        if (booking.detached) {
            throw booking.illegal("wait for");
        }
    }

    void checkCurrent(Booking booking, long id) {
        queue.owner().check();
        if (booking.id != id) {
            throw new IllegalStateException(
                    "stale handle: sending %d of %s is over, it was sent again as %d"
                            .formatted(id, booking.describe(), booking.id));
        }
        Phase phase = booking.phase();
        if (phase == Phase.CLOSED || phase == Phase.QUARANTINED) {
            throw booking.illegal("wait for");
        }
    }

    private static boolean isDone(Booking booking, long id) {
        if (booking.returnedId == id) {
            throw new TransferReturnedException(
                    "%s ended sending %d of %s before the device used it"
                            .formatted(booking.returnedBy, id, booking.describe()));
        }
        if (booking.completedId == id) {
            return true;
        }
        if (!booking.state().isWithDevice()) {
            throw booking.illegal("wait for");
        }
        return false;
    }
}
