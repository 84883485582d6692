package dev.virtq.queue;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.Doorbell;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.VirtioException;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.queue.ring.DriverRing;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One virtqueue, seen from the driver (virtio 1.4, section 2.6).
 *
 * <p>{@link #prepare} turns buffers into a {@link TransferToken}, which is sent as often as you
 * like. There are two ways to send, and each completion goes to exactly one place: {@link
 * TransferToken#submit} allocates nothing, and the token comes out of {@link #poll}; {@link
 * TransferToken#send} gives a handle to wait for that one sending. Both stage; {@link #flush} shows
 * the device everything staged at once, and notifies it at most once, and only if it wants to be.
 *
 * <pre>{@code
 * for (TransferToken token : receiveTokens) token.submit();
 * queue.flush();
 * while (running) {
 *     TransferToken token = queue.poll();
 *     if (token == null) { idle.idle(); continue; }
 *     handler.accept(token.received(0));
 *     token.submit();
 *     queue.flush();
 * }
 * }</pre>
 *
 * <p>Threads: a queue is owned by one thread at a time, the first that uses it; {@link #handOver}
 * lets go of it. Another thread's call throws {@link IllegalStateException} and changes nothing.
 * For many threads at once there is {@link SharedVirtqueue}.
 */
public final class Virtqueue {
    private final int index;
    private final DriverRing ring;
    private final DeviceHealth health;
    private final QueueOwner owner;
    private final QueueWait wait;
    private final Books books;
    private final Sendings sendings;
    private final Reaper reaper;
    private Doorbell doorbell;

    /** Set by the owner, so that nothing is made available after it; taken back by any thread. */
    private volatile boolean suspended;

    Virtqueue(
            int index,
            DriverRing ring,
            QueueConnection connection,
            DeviceHealth health,
            QueueOptions options,
            @Nullable DmaMemory memory) {
        this.index = index;
        this.ring = ring;
        this.health = health;
        owner = new QueueOwner("queue " + index);
        books = new Books(this, ring, options.leakTracking(), memory);
        wait = new QueueWait(this, QueueWait.nanos(options.spin()), connection.interrupt());
        sendings = new Sendings(this, ring, wait);
        reaper = new Reaper(owner, books, wait, health);
        doorbell = connection.doorbell();
    }

    /** {@return the queue's index in its device} */
    public int index() {
        return index;
    }

    /**
     * How often a thread waited for an interrupt, none came, and the ring showed that the device
     * had used something all the same. Anything but 0 says that interrupts are lost, or never sent;
     * waiting then takes up to 50 ms longer than it should. Any thread may ask.
     *
     * @return how often
     */
    public long missedInterrupts() {
        return wait.missedInterrupts();
    }

    /** {@return how many entries the queue has} */
    public int size() {
        return ring.size();
    }

    /** {@return how many transfers are with the device} */
    public int inFlight() {
        return ring.inFlight();
    }

    /** {@return how many transfers of one element can still be prepared} */
    public int room() {
        return ring.room();
    }

    /** {@return how many transfers were lost by their owner and freed by the queue} */
    public long lostTransfers() {
        return books.lostTransfers();
    }

    /**
     * Prepares a transfer: takes ownership of its buffers, and reserves the room in the ring that
     * it needs, so that sending cannot find the queue full.
     *
     * @param buffers what the device shall read, and write
     * @return the prepared transfer; close it, or {@linkplain TransferToken#release release} it to
     *     get the buffers back
     * @throws QueueFullException when there is not enough room; the buffers stay the caller's
     * @throws IllegalArgumentException when there is no buffer, or more than any ring could hold,
     *     or one of memory that this device does not reach
     * @throws IllegalStateException when a buffer is in another transfer, or was freed
     */
    public TransferToken prepare(BufferList buffers) {
        owner.check();
        books.sweepLost();
        return books.open(buffers);
    }

    /**
     * Prepares a transfer of memory that the caller vouches for: bare device addresses, of which
     * virtq knows nothing. It is for memory that no {@link DmaMemory} has, as that of another
     * device, and for drivers that keep their own books.
     *
     * <p>The price is that nothing is checked and nothing protected. The caller promises that
     *
     * <ul>
     *   <li>the device reaches every byte at these addresses, and each element is one run for it;
     *   <li>the memory is his, and in no other transfer, from now until this one is {@linkplain
     *       TransferToken#release released}, or was closed or detached and the device is done with
     *       it ({@link #drain} tells);
     *   <li>nobody touches the bytes while the transfer is {@linkplain TransferState#isWithDevice
     *       with the device}, and what the device writes late is nobody's trouble;
     *   <li>memory of a transfer that ends as {@link TransferState#QUARANTINED} is never used
     *       again, since the device may still write to it.
     * </ul>
     *
     * <p>All else holds as for {@link #prepare}: the room in the ring, the checks of what the
     * device reports, ids, waiting. The token has no buffers; {@link
     * TransferToken#receivedLength(int)} and the limits count these elements instead.
     *
     * @param sent what the device reads, in order
     * @param received what the device writes, in order
     * @return the prepared transfer
     * @throws QueueFullException when there is not enough room
     * @throws IllegalArgumentException when there is no element, or more than any ring could hold
     */
    public TransferToken prepareUnchecked(List<Extent> sent, List<Extent> received) {
        owner.check();
        books.sweepLost();
        return books.openUnchecked(sent, received);
    }

    /**
     * Shows the device everything staged, with one release store, and notifies it if it wants to
     * be.
     *
     * @return whether the device was notified
     * @throws IllegalStateException when something is staged and the device is suspended
     * @throws VirtioException when the device cannot be reached
     */
    public boolean flush() {
        publish();
        boolean wanted = !suspended && ring.deviceWantsNotification();
        if (wanted) {
            doorbell.ring(ring.nextAvailable());
        }
        return wanted;
    }

    /**
     * The first half of {@link #flush}, for those who go step by step.
     *
     * @return how many transfers the device can see that it could not see before
     * @throws IllegalStateException when something is staged and the device is suspended
     */
    public int publish() {
        owner.check();
        books.checkOpen();
        return sendings.isAnyStaged() ? publishStaged() : 0;
    }

    private int publishStaged() {
        checkNotSuspended("make transfers available");
        sendings.published();
        return ring.publish();
    }

    /**
     * The second half of {@link #flush}, for those who go step by step: notifies the device whether
     * it wants it or not.
     *
     * @throws IllegalStateException when the device is suspended
     * @throws VirtioException when the device cannot be reached
     */
    public void notifyDevice() {
        owner.check();
        books.checkOpen();
        checkNotSuspended("notify the device");
        doorbell.ring(ring.nextAvailable());
    }

    /**
     * Takes the next submitted transfer that the device is done with.
     *
     * @return the token, to be read and sent again; {@code null} when there is none now
     * @throws DeviceFaultException when the device wrote into the ring what it may not
     * @throws VirtioException when there is none and the device cannot be used any more
     */
    public @Nullable TransferToken poll() {
        Booking booking = reaper.poll();
        return booking == null ? null : booking.takeSubmitted();
    }

    /**
     * Takes submitted transfers that the device is done with, many at a time: cheaper than one by
     * one.
     *
     * @param into where the tokens go, to be read and sent again
     * @param from the index of the first
     * @param limit how many at most
     * @return how many there are now
     * @throws DeviceFaultException when the device wrote into the ring what it may not, and nothing
     *     else comes before that
     * @throws IndexOutOfBoundsException when there is no room for so many
     * @throws VirtioException when there is none and the device cannot be used any more
     */
    public int poll(@Nullable TransferToken[] into, int from, int limit) {
        Objects.checkFromIndexSize(from, limit, into.length);
        return reaper.poll(into, from, limit);
    }

    /**
     * Stages transfers as {@link TransferToken#submit} does, many at a time: cheaper than one by
     * one. When one of them cannot be sent, those before it are staged all the same.
     *
     * @param tokens transfers of this queue
     * @param from the index of the first
     * @param count how many
     * @throws IllegalArgumentException when one was prepared on another queue
     * @throws IllegalStateException when one is with the device, detached or closed, or another
     *     thread has a view of its buffers open
     * @throws IndexOutOfBoundsException when there are not so many
     * @throws VirtioException when the device cannot be used; all stay prepared
     */
    public void submit(TransferToken[] tokens, int from, int count) {
        Objects.checkFromIndexSize(from, count, tokens.length);
        sendings.submitAll(tokens, from, count);
    }

    /**
     * Flushes, and waits for the next submitted transfer that the device is done with.
     *
     * @param timeout how long at most; zero looks once
     * @return the token, to be read and sent again; {@code null} when the time is over
     * @throws DeviceFaultException when the device wrote into the ring what it may not
     * @throws InterruptedException when the thread is interrupted
     * @throws VirtioException when there is none and the device cannot be used any more
     */
    public @Nullable TransferToken poll(Duration timeout) throws InterruptedException {
        flush();
        TransferToken token = poll();
        if (token == null && wait.within(books::hasKept, timeout, () -> "queue " + index)) {
            token = poll();
        }
        return token;
    }

    /**
     * Waits until every detached transfer is done. A reset drops those that are not; so drain
     * before closing what must arrive.
     *
     * @param timeout how long at most
     * @throws dev.virtq.device.TransferTimeoutException when the time is over
     * @throws InterruptedException when the thread is interrupted
     * @throws VirtioException when the device cannot be used any more
     */
    public void drain(Duration timeout) throws InterruptedException {
        owner.check();
        flush();
        wait.until(
                () -> {
                    books.sweepLost();
                    return books.detachedInFlight() == 0;
                },
                timeout,
                () -> books.detachedInFlight() + " detached transfers of queue " + index);
    }

    /**
     * The submitted transfers that a reset ended before the device used them; each is handed out
     * once. They are prepared again, and nothing was received.
     *
     * @return the tokens, in the order of their ids
     */
    public List<TransferToken> takeReturned() {
        owner.check();
        return books.returned().takeTokens();
    }

    /**
     * Lets go of the queue, so that another thread can use it.
     *
     * @throws IllegalStateException when the calling thread does not own it
     */
    public void handOver() {
        owner.handOver();
    }

    /**
     * Makes the queue usable from many threads. This object is then refused to everybody.
     *
     * @return the shared queue
     */
    public SharedVirtqueue share() {
        owner.share();
        SharedVirtqueue shared = new SharedVirtqueue(this, wait);
        sendings.shareAs(shared);
        return shared;
    }

    /** {@return a picture of the ring as it is now} */
    public QueueSnapshot snapshot() {
        owner.check();
        books.checkOpen();
        return ring.snapshot();
    }

    /** {@return the queue's index and size, as in {@code queue 1 (256 entries)}} */
    @Override
    public String toString() {
        return "queue %d (%d entries)".formatted(index, size());
    }

    void checkViewThread() {
        owner.checkView();
    }

    /** Virtio 1.4, 3.4.1: nothing is made available, nothing notified. */
    void checkNotSuspended(String action) {
        if (suspended) {
            throw suspended(action);
        }
    }

    private IllegalStateException suspended(String action) {
        return new IllegalStateException(
                "cannot %s on queue %d: the device is suspended; resume it first"
                        .formatted(action, index));
    }

    void suspend(boolean now) {
        suspended = now;
    }

    DriverRing ring() {
        return ring;
    }

    DeviceHealth health() {
        return health;
    }

    QueueOwner owner() {
        return owner;
    }

    Books books() {
        return books;
    }

    Sendings sendings() {
        return sendings;
    }

    Reaper reaper() {
        return reaper;
    }

    void reconnect(QueueConnection connection) {
        doorbell = connection.doorbell();
        wait.reconnect(connection.interrupt());
        if (ring.inFlight() > 0) {
            doorbell.ring(ring.nextAvailable()); // flushed while there was nobody to be told
        }
    }
}
