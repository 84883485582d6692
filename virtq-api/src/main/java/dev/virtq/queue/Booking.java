package dev.virtq.queue;

import dev.virtq.memory.BufferClaim;
import dev.virtq.memory.BufferGuard;
import dev.virtq.memory.Extent;
import dev.virtq.queue.ring.Chain;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The queue's own record of a prepared transfer. The queue holds it strongly, so that nothing that
 * happens to the caller's {@link TransferToken} can lose a descriptor or free memory that the
 * device may still write.
 *
 * <p>Written by the queue's owner only. {@link #phase} is read from any thread, by accessors.
 */
final class Booking implements BufferGuard {
    /** What the books know; {@link TransferState} is what the caller is told. */
    enum Phase {
        PREPARED,
        SENT,
        COMPLETED,
        CLOSED,
        QUARANTINED
    }

    private static final VarHandle PHASE;

    static {
        try {
            PHASE = MethodHandles.lookup().findVarHandle(Booking.class, "phase", Phase.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Virtqueue queue;
    final BufferList buffers;
    final Chain chain;
    final BufferClaim[] claims;
    int ringId = -1;

    /** How many buffers the device reads; of a transfer without buffers, how many elements. */
    final int sentCount;

    /** How many buffers, or elements, the device writes. */
    final int receivedCount;

    private Phase phase = Phase.PREPARED;

    /**
     * Whether somebody may have a view of a buffer open. Views come from {@link #checkView}, or
     * from before this booking. So sending need not look at each buffer.
     */
    private boolean viewed = true;

    /** The id of the sending that runs, or ran last. */
    long id;

    /** The id of the last sending with a handle that the device has used. */
    long completedId;

    /** The id of the last sending that a reset ended, or the loss of the device. */
    long returnedId;

    /** What ended it, for people. */
    String returnedBy = "";

    long usedLength;

    /** Whether the device has not told it, and it is what there was to write. */
    boolean usedLengthAssumed;

    /** Whether this sending is waited for through a {@link Transfer}. */
    boolean byHandle;

    /** Whether the device is done with a submitted sending that {@code poll} has not handed out. */
    boolean reaped;

    boolean detached;

    /** Set from any thread, and read only when a device was lost. */
    volatile boolean idempotent;

    /** The caller's token, held while it is submitted, since {@code poll} hands it out. */
    @Nullable TransferToken submitted;

    /** Who is told of the completion, in a shared queue. */
    @Nullable TransferFuture<TransferToken> future;

    @Nullable LostToken lostToken;

    Booking(Virtqueue queue, BufferList buffers) {
        this.queue = queue;
        this.buffers = buffers;
        sentCount = buffers.sent().size();
        receivedCount = buffers.received().size();
        claims = new BufferClaim[buffers.size()];
        try {
            int next = 0;
            for (var buffer : buffers.sent()) {
                claims[next++] = buffer.claim(this);
            }
            for (var buffer : buffers.received()) {
                claims[next++] = buffer.claim(this);
            }
            List<List<Extent>> extents = new ArrayList<>(claims.length);
            for (BufferClaim claim : claims) {
                extents.add(claim.extents());
            }
            chain = new Chain(extents, sentCount);
        } catch (RuntimeException e) {
            releaseClaims();
            throw e;
        }
    }

    /** A transfer of memory that the caller vouches for: there is nothing to claim, or to guard. */
    Booking(Virtqueue queue, List<Extent> sent, List<Extent> received) {
        this.queue = queue;
        buffers = BufferList.send();
        sentCount = sent.size();
        receivedCount = received.size();
        claims = new BufferClaim[0];
        chain =
                new Chain(
                        Stream.concat(sent.stream(), received.stream()).map(List::of).toList(),
                        sentCount);
    }

    Phase phase() {
        return (Phase) PHASE.getAcquire(this);
    }

    /**
     * Moves on. A release, so that who sees COMPLETED from another thread also sees what the
     * queue's owner saw of the device's writes.
     */
    void phase(Phase next) {
        PHASE.setRelease(this, next);
    }

    TransferState state() {
        return switch (phase()) {
            case PREPARED -> TransferState.PREPARED;
            case SENT ->
                    detached
                            ? TransferState.DETACHED
                            : queue.sendings().isPublished(id)
                                    ? TransferState.IN_FLIGHT
                                    : TransferState.STAGED;
            case COMPLETED -> TransferState.COMPLETED;
            case CLOSED -> TransferState.CLOSED;
            case QUARANTINED -> TransferState.QUARANTINED;
        };
    }

    boolean isSendable() {
        Phase now = phase;
        return now == Phase.PREPARED || now == Phase.COMPLETED;
    }

    /** {@return whether a reset ended its last sending, and it has not been sent again} */
    boolean isReturned() {
        return phase() == Phase.PREPARED && id != 0 && returnedId == id;
    }

    /** {@return whether its owner was told that this sending failed, and waits no more} */
    boolean isAnswered() {
        TransferFuture<TransferToken> told = future;
        return told != null && told.failed;
    }

    void checkViewsRevocable() {
        for (BufferClaim claim : claims) {
            claim.checkViewsRevocable();
        }
    }

    /** Ends all views, or changes nothing. */
    void revokeViews() {
        if (viewed) {
            checkViewsRevocable();
            for (BufferClaim claim : claims) {
                claim.revokeViews();
            }
            viewed = false;
        }
    }

    /** {@return the caller's token, which is no longer held here} */
    @Nullable TransferToken takeSubmitted() {
        TransferToken token = submitted;
        submitted = null;
        return token;
    }

    /** Nobody needs to notice any more when the token is lost. */
    void forgetToken() {
        submitted = null;
        if (lostToken != null) {
            lostToken.clear();
            lostToken = null;
        }
    }

    void releaseClaims() {
        for (BufferClaim claim : claims) {
            if (claim != null) {
                claim.release();
            }
        }
    }

    void freeClaims() {
        for (BufferClaim claim : claims) {
            claim.free();
        }
    }

    void quarantineClaims() {
        for (BufferClaim claim : claims) {
            claim.quarantine();
        }
    }

    @Override
    public void checkAccess() {
        Phase now = phase();
        if (now == Phase.SENT) {
            throw new IllegalStateException(
                    describe()
                            + " is "
                            + state()
                            + ": its buffers cannot be touched until it is done");
        }
    }

    @Override
    public void checkView() {
        checkAccess();
        viewed = true;
        queue.checkViewThread();
    }

    @Override
    public String describe() {
        return "transfer %s of queue %d"
                .formatted(ringId < 0 ? "(new)" : "#" + ringId, queue.index());
    }

    IllegalStateException illegal(String move) {
        return new IllegalStateException(
                "cannot %s %s: it is %s".formatted(move, describe(), state()));
    }
}
