package dev.virtq.queue;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.VirtioException;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.queue.Booking.Phase;
import dev.virtq.queue.ring.DriverRing;
import java.lang.ref.ReferenceQueue;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a queue knows of its transfers: which booking is behind which id of the ring, which are
 * detached, which are done and not yet handed out, which were lost. Not thread safe; the queue's
 * owner uses it.
 */
final class Books {
    private static final System.Logger LOGGER = System.getLogger("dev.virtq.queue");
    private static final int SAMPLING_INTERVAL = 64;

    private final Virtqueue queue;
    private final DriverRing ring;
    private final LeakTracking leakTracking;
    private final @Nullable DmaMemory memory;
    private final @Nullable Booking[] byRingId;
    private final CompletedBookings kept;
    private final ReferenceQueue<TransferToken> lost = new ReferenceQueue<>();
    private final ReturnedBookings returned = new ReturnedBookings();
    private int detachedInFlight;
    private long prepared;
    private long lostTransfers;
    private boolean closed;

    /** The failure of which everybody was told who is to be told. */
    private @Nullable VirtioException settled;

    Books(Virtqueue queue, DriverRing ring, LeakTracking leakTracking, @Nullable DmaMemory memory) {
        this.memory = memory;
        this.queue = queue;
        this.ring = ring;
        this.leakTracking = leakTracking;
        byRingId = new Booking[ring.size()];
        kept = new CompletedBookings(ring.size());
    }

    void checkOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "queue " + queue.index() + " was closed with its device");
        }
    }

    int detachedInFlight() {
        return detachedInFlight;
    }

    long lostTransfers() {
        return lostTransfers;
    }

    TransferToken open(BufferList buffers) {
        checkOpen();
        buffers.sent().forEach(this::checkReachable);
        buffers.received().forEach(this::checkReachable);
        return open(new Booking(queue, buffers));
    }

    TransferToken openUnchecked(List<Extent> sent, List<Extent> received) {
        checkOpen();
        return open(new Booking(queue, sent, received));
    }

    private TransferToken open(Booking booking) {
        try {
            booking.ringId = ring.reserve(booking.chain);
        } catch (RuntimeException e) {
            booking.releaseClaims();
            throw e;
        }
        byRingId[booking.ringId] = booking;
        TransferToken token = new TransferToken(queue, booking);
        booking.lostToken = new LostToken(token, booking, lost, preparedAt());
        return token;
    }

    /** An address means something else in every memory. */
    private void checkReachable(DmaBuffer buffer) {
        if (memory != null && buffer.memory() != memory) {
            throw new IllegalArgumentException(
                    "%s is not in the memory that the device of queue %d reaches; allocate it from VirtioDevice.memory()"
                            .formatted(buffer, queue.index()));
        }
    }

    /**
     * Takes the next used chain from the ring, and does what is due to it.
     *
     * @return the booking, when it was submitted and is for {@code poll}; {@code null} when there
     *     is nothing (more) for {@code poll}
     */
    @Nullable Booking takeUsed() {
        checkOpen();
        return ring.isAnyUsed() ? nextUsed() : null;
    }

    /**
     * Takes used chains as {@link #takeUsed} does, and hands their tokens out.
     *
     * @return how many; fewer than wanted when the ring has no more, or a fault of the device is
     *     next
     */
    int takeUsed(@Nullable TransferToken[] into, int from, int wanted) {
        checkOpen();
        return ring.isAnyUsed() ? takeAllUsed(into, from, wanted) : 0;
    }

    /** Called only where there is something: what the compiler sees of it is what matters. */
    private int takeAllUsed(@Nullable TransferToken[] into, int from, int wanted) {
        int taken = 0;
        try {
            while (taken < wanted) {
                Booking booking = nextUsed();
                if (booking == null) {
                    break;
                }
                booking.phase(Phase.COMPLETED);
                into[from + taken] = booking.takeSubmitted();
                taken++;
            }
        } catch (DeviceFaultException e) {
            if (taken == 0) {
                throw e; // else when the next one is asked for: the ring is as it was
            }
        }
        return taken;
    }

    private @Nullable Booking nextUsed() {
        while (true) {
            int ringId;
            try {
                ringId = ring.poll();
            } catch (DeviceFaultException e) {
                queue.health().report(e);
                throw e;
            }
            if (ringId == DriverRing.NOTHING) {
                return null;
            }
            Booking booking = byRingId[ringId];
            if (booking == null) {
                throw new AssertionError("the ring gave id " + ringId + ", which is not booked");
            }
            booking.usedLength = ring.usedLength();
            booking.usedLengthAssumed = ring.usedLengthIsAssumed();
            if (booking.detached) {
                detachedInFlight--;
                free(booking);
            } else if (booking.byHandle) {
                booking.completedId = booking.id;
                booking.phase(Phase.COMPLETED);
            } else {
                return booking;
            }
        }
    }

    void keepForPoll(Booking booking) {
        booking.reaped = true;
        kept.add(booking);
    }

    @Nullable Booking takeKept() {
        Booking booking = kept.take();
        if (booking != null) {
            booking.reaped = false;
        }
        return booking;
    }

    /**
     * Each transfer of a failed device has had its end, or begins anew. Of those that are done,
     * whoever was told of the failure waits for none: they are his again.
     */
    void settle() {
        settled = queue.health().failure();
        for (int left = kept.count(); left > 0; left--) {
            Booking booking = takeKept();
            if (booking != null && booking.isAnswered()) {
                booking.takeSubmitted();
                booking.phase(Phase.COMPLETED);
            } else if (booking != null) {
                keepForPoll(booking);
            }
        }
    }

    /** {@return whether nobody more is to be told of that failure} */
    boolean isSettled(@Nullable VirtioException failure) {
        return failure == null || failure == settled;
    }

    /** {@return whether {@link #takeKept} would give one} */
    boolean hasKept() {
        return !kept.isEmpty();
    }

    void detach(Booking booking) {
        if (booking.phase() == Phase.SENT && !booking.reaped) {
            booking.detached = true;
            booking.submitted = null;
            detachedInFlight++;
        } else {
            booking.checkViewsRevocable(); // before anything is changed
            free(booking);
        }
    }

    /** Ends a booking that the device is done with, and frees its buffers. */
    void free(Booking booking) {
        end(booking);
        booking.freeClaims();
    }

    /** Ends a booking that is not with the device, and gives its buffers back. */
    void release(Booking booking) {
        end(booking);
        booking.releaseClaims();
    }

    private void end(Booking booking) {
        if (booking.reaped) {
            booking.reaped = false;
            kept.remove(booking);
        }
        booking.phase(Phase.CLOSED);
        booking.forgetToken();
        byRingId[booking.ringId] = null;
        ring.release(booking.ringId);
    }

    /** Looks for tokens that were garbage collected and never closed. */
    void sweepLost() {
        LostToken note;
        while ((note = (LostToken) lost.poll()) != null) {
            Booking booking = note.booking;
            Phase phase = booking.phase();
            if (phase == Phase.CLOSED || phase == Phase.QUARANTINED || booking.detached) {
                continue;
            }
            lostTransfers++;
            LOGGER.log(
                    System.Logger.Level.WARNING,
                    "{0} was dropped without close() or detach(), {1}; prepared {2}",
                    booking.describe(),
                    phase == Phase.SENT
                            ? "in flight: its memory is freed when the device is done"
                            : "not in flight: its memory is freed now",
                    note.place());
            if (phase == Phase.SENT) {
                detach(booking);
            } else {
                free(booking); // whatever thread has a view: there is nobody to complain to
            }
        }
    }

    /** After a confirmed reset: whatever was with the device is its owner's again. */
    void returnAll() {
        returned.forgetSentAgain();
        withDevice().forEach(booking -> giveBack(booking, "a reset"));
    }

    /** {@return those that are staged or with the device, in the order of their ids} */
    List<Booking> withDevice() {
        return Arrays.stream(byRingId)
                .filter(Objects::nonNull)
                .filter(booking -> booking.phase() == Phase.SENT && !booking.reaped)
                .sorted(Comparator.comparingLong(booking -> booking.id))
                .toList();
    }

    /**
     * Returns one that was with the device, which will not use it any more.
     *
     * @param why what has ended it, for people
     */
    void giveBack(Booking booking, String why) {
        booking.returnedId = booking.id;
        booking.returnedBy = why;
        if (booking.detached) {
            detachedInFlight--;
            free(booking);
        } else {
            booking.usedLength = 0;
            booking.phase(Phase.PREPARED);
            if (booking.submitted != null) {
                returned.add(booking);
            }
        }
    }

    ReturnedBookings returned() {
        return returned;
    }

    boolean isClosed() {
        return closed;
    }

    /** After a confirmed reset, for good: frees every buffer, and the ring. */
    void closeAll() {
        for (Booking booking : byRingId) {
            if (booking != null) {
                free(booking);
            }
        }
        closed = true;
        ring.free();
    }

    /** Without a confirmed reset: what the device may still write is never used again. */
    void quarantineAll() {
        for (Booking booking : byRingId) {
            if (booking == null) {
                continue;
            }
            if (booking.phase() == Phase.SENT
                    && !booking.reaped
                    && queue.sendings().isPublished(booking.id)) {
                booking.phase(Phase.QUARANTINED);
                booking.forgetToken();
                booking.quarantineClaims();
                byRingId[booking.ringId] = null;
            } else {
                if (booking.phase() == Phase.SENT && !booking.reaped) {
                    ring.unstage(booking.ringId); // the device never saw it
                }
                free(booking);
            }
        }
        closed = true;
        ring.quarantine();
    }

    private @Nullable Throwable preparedAt() {
        boolean remember =
                switch (leakTracking) {
                    case COUNT_ONLY -> false;
                    case SAMPLED -> prepared % SAMPLING_INTERVAL == 0;
                    case EVERY_TRANSFER -> true;
                };
        prepared++;
        return remember ? new Throwable("prepared here") : null;
    }
}
