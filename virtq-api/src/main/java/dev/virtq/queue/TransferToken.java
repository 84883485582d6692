package dev.virtq.queue;

import dev.virtq.memory.DmaBuffer;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A prepared transfer. It owns its buffers and the room in the ring that it needs: prepare once,
 * send many times.
 *
 * <p>While the device owns the transfer, nobody can touch its buffers: accessors and views of
 * {@link #sending} and {@link #receiving} throw, and views that were taken before are ended by
 * sending.
 *
 * <pre>{@code
 * try (TransferToken token = queue.prepare(BufferList.send(request).receive(reply))) {
 *     token.send().await(Duration.ofSeconds(1));
 *     MemorySegment answer = token.received(0);
 * }
 * }</pre>
 *
 * <p>Threads: as {@link Virtqueue}; those of a {@link SharedVirtqueue} are closed, released and
 * limited from any thread, one at a time. {@link #state} and the accessors of its buffers may be
 * called from any thread in any case.
 */
// The queue takes a token that nobody can reach for lost, and frees its buffers. The last method
// called on a token may be the last that reaches it: hence the fences, until the booking is done.
public final class TransferToken implements AutoCloseable {
    private final Virtqueue queue;
    private final Sendings sendings;
    private final Booking booking;
    private @Nullable Object attachment;

    TransferToken(Virtqueue queue, Booking booking) {
        this.queue = queue;
        sendings = queue.sendings();
        this.booking = booking;
    }

    /** {@return the queue that it was prepared on} */
    public Virtqueue queue() {
        return queue;
    }

    /** {@return where it is in its life} */
    public TransferState state() {
        return booking.state();
    }

    /** {@return the id of its last sending, unique in its queue for ever; 0 before the first} */
    public long id() {
        return booking.id;
    }

    /**
     * Keeps something with it, for whoever gets it from {@link Virtqueue#poll}: what the transfer
     * is about. Nothing is done with it here.
     *
     * @param thing what to keep; {@code null} to keep nothing
     */
    public void attach(@Nullable Object thing) {
        attachment = thing;
    }

    /** {@return what was {@linkplain #attach attached} last; {@code null} when nothing was} */
    public @Nullable Object attachment() {
        return attachment;
    }

    /**
     * Stages it for sending. It comes out of {@link Virtqueue#poll} when the device is done.
     * Nothing is allocated. The device sees it after {@link Virtqueue#flush}.
     *
     * @return the id of this sending
     * @throws IllegalStateException when it is with the device, detached or closed, or another
     *     thread has a view of its buffers open; nothing has changed then
     * @throws dev.virtq.device.VirtioException when the device cannot be used; it stays prepared
     */
    public long submit() {
        return sendings.submit(this, booking);
    }

    /**
     * Stages it for sending, and gives a handle for this one sending. It never comes out of {@link
     * Virtqueue#poll}. The device sees it after {@link Virtqueue#flush}; {@link Transfer#await}
     * flushes.
     *
     * @return the handle
     * @throws IllegalStateException when it is with the device, detached or closed, or another
     *     thread has a view of its buffers open; nothing has changed then
     * @throws dev.virtq.device.VirtioException when the device cannot be used; it stays prepared
     */
    public Transfer send() {
        return new Transfer(this, sendings.send(booking));
    }

    /**
     * Takes it back from the ring before the device has seen it.
     *
     * @throws IllegalStateException when it is not staged
     */
    public void takeBack() {
        try {
            sendings.takeBack(booking);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Uses only the first bytes of a device-readable buffer from now on, as for a frame that is
     * shorter than its buffer.
     *
     * @param index of the buffer among those sent
     * @param length how many bytes; 0 to the buffer's size
     * @throws IllegalStateException when it is with the device, detached or closed
     */
    public void limitSending(int index, long length) {
        try {
            sendings.limit(booking, checked(index, booking.sentCount), length);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Lets the device write only the first bytes of a device-writable buffer from now on. What was
     * received is spread over the buffers by their limits: read it before you change them.
     *
     * @param index of the buffer among those received
     * @param length how many bytes; 0 to the buffer's size
     * @throws IllegalStateException when it is with the device, detached or closed
     */
    public void limitReceiving(int index, long length) {
        int sent = booking.sentCount;
        try {
            sendings.limit(booking, sent + checked(index, booking.receivedCount), length);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * {@return a device-readable buffer}
     *
     * @param index of the buffer among those sent
     */
    public DmaBuffer sending(int index) {
        return booking.buffers.sent().get(index);
    }

    /**
     * {@return a device-writable buffer, whole; only its first {@link #receivedLength(int)} bytes
     * mean anything}
     *
     * @param index of the buffer among those received
     */
    public DmaBuffer receiving(int index) {
        return booking.buffers.received().get(index);
    }

    /**
     * A view of exactly what the device wrote into a buffer, no more. It ends with the next
     * sending.
     *
     * @param index of the buffer among those received
     * @return the bytes; empty when the device wrote none of them
     * @throws IllegalStateException when it is not completed
     */
    public MemorySegment received(int index) {
        return receiving(index).view(0, receivedLength(index));
    }

    /**
     * How much of a buffer the device wrote. The device fills the buffers of the chain in order.
     *
     * @param index of the buffer among those received
     * @return in bytes, 0 to the buffer's size
     * @throws IllegalStateException when it is not completed
     */
    public long receivedLength(int index) {
        long left = receivedLength();
        int sent = booking.sentCount;
        checked(index, booking.receivedCount);
        for (int i = 0; i < index; i++) {
            left = Math.max(0, left - booking.chain.limit(sent + i));
        }
        return Math.min(left, booking.chain.limit(sent + index));
    }

    /**
     * How many bytes the device wrote into all buffers together: the used length, checked against
     * what there was to write (virtio 1.4, 2.7.8).
     *
     * @return in bytes
     * @throws IllegalStateException when it is not completed
     */
    public long receivedLength() {
        if (booking.phase() != Booking.Phase.COMPLETED) {
            throw booking.illegal("read what was received by");
        }
        return booking.usedLength;
    }

    /**
     * Whether the {@linkplain #receivedLength used length} is assumed. Where VIRTIO_F_IN_ORDER was
     * accepted, a device may tell of the last transfer of a batch only; those before it count as
     * used completely (virtio 1.4, 2.7.9 and 2.8.8). What the device really wrote is then known
     * from the bytes alone, as from a header that says how long the rest is.
     *
     * @return whether the device has not told how many bytes it wrote
     * @throws IllegalStateException when it is not completed
     */
    public boolean receivedLengthIsAssumed() {
        if (booking.phase() != Booking.Phase.COMPLETED) {
            throw booking.illegal("read what was received by");
        }
        return booking.usedLengthAssumed;
    }

    /**
     * Says whether a device may act on one sending more than once, as on a request to read, or on a
     * buffer to be filled. One that may is sent again, as the same sending, when its device was
     * lost with it and {@linkplain dev.virtq.device.VirtioDevice#reconnect connected to anew}: the
     * device that was lost may have acted on it already, up to the last byte, and the next one acts
     * again. One that may not is returned to its owner instead, who alone can find out what has
     * happened; that is the default. It holds for a sending that is with the device, too, and until
     * something else is said. May be called from any thread.
     *
     * @param value whether it is idempotent
     */
    public void setIdempotent(boolean value) {
        booking.idempotent = value;
    }

    /** {@return whether a device may act on one sending more than once} */
    public boolean isIdempotent() {
        return booking.idempotent;
    }

    /**
     * Lets go of it: fire and forget. In flight, its buffers and descriptors are freed when the
     * device is done; else now. {@link Virtqueue#drain} waits for all that were detached.
     */
    public void detach() {
        try {
            sendings.detach(booking);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Ends it and hands its buffers back, alive.
     *
     * @return the buffers, which are the caller's again
     * @throws IllegalStateException when it is with the device, detached or closed
     */
    public BufferList release() {
        try {
            return sendings.release(booking);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Ends it and frees its buffers. Idempotent. In flight, it is {@linkplain #detach detached}:
     * memory that the device may still write is not freed before the device is done.
     */
    @Override
    public void close() {
        detach();
    }

    /** {@return what and where it is, as in {@code transfer #3 of queue 1 (IN_FLIGHT)}} */
    @Override
    public String toString() {
        return booking.describe() + " (" + state() + ")";
    }

    Booking booking() {
        return booking;
    }

    private static int checked(int index, int count) {
        return Objects.checkIndex(index, count);
    }
}
