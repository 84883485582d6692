package dev.virtq.queue;

import dev.virtq.device.QueueConnection;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DriverRing;
import java.util.Optional;

/**
 * What the owner of a device can do to a queue, beside using it. {@link
 * dev.virtq.device.VirtioDevice} holds one for each of its queues; a program that drives a bare
 * {@link DriverRing}, as tests do, makes its own.
 *
 * <p>Threads: {@link #close} may be called from any thread; when another living thread owns the
 * queue, that thread finds the books closed at its next call. The others come from the queue's
 * owner, or say otherwise.
 */
public final class QueueControl {
    private final Virtqueue queue;

    /**
     * Makes a queue over a ring, for buffers of any memory: that the device reaches it is the
     * caller's promise.
     *
     * @param index the queue's index in its device
     * @param ring the driver end
     * @param connection how to notify, and how to be notified
     * @param health what the queue asks and tells
     * @param options how it is set up
     */
    public QueueControl(
            int index,
            DriverRing ring,
            QueueConnection connection,
            DeviceHealth health,
            QueueOptions options) {
        this(index, ring, connection, health, options, Optional.empty());
    }

    /**
     * Makes a queue over a ring.
     *
     * @param index the queue's index in its device
     * @param ring the driver end
     * @param connection how to notify, and how to be notified
     * @param health what the queue asks and tells
     * @param options how it is set up
     * @param memory the memory that the device reaches; a buffer of any other is refused. Empty
     *     takes them all
     */
    public QueueControl(
            int index,
            DriverRing ring,
            QueueConnection connection,
            DeviceHealth health,
            QueueOptions options,
            Optional<DmaMemory> memory) {
        queue = new Virtqueue(index, ring, connection, health, options, memory.orElse(null));
    }

    /** {@return the queue} */
    public Virtqueue queue() {
        return queue;
    }

    /** {@return the driver end of the queue's ring} */
    public DriverRing ring() {
        return queue.ring();
    }

    /**
     * Refuses when the queue is in use elsewhere.
     *
     * @throws IllegalStateException when another thread owns the queue
     */
    public void checkOwner() {
        queue.owner().checkOwnable();
    }

    /**
     * The device is about to be suspended: from now on nothing can be made available, and the
     * device not be notified (virtio 1.4, 3.4.1).
     *
     * @throws IllegalStateException when another living thread owns the queue
     */
    public void suspend() {
        queue.owner().doAsOwner(() -> queue.suspend(true));
    }

    /** The device runs again. May be called from any thread. */
    public void resume() {
        queue.suspend(false);
    }

    /**
     * The device can be used again, after a reset or in another's place: what it had used belongs
     * to those who were told of the failure in between, and wait no more.
     *
     * @throws IllegalStateException when another living thread owns the queue
     */
    public void settle() {
        queue.owner().doAsOwner(queue.books()::settle);
    }

    /**
     * After a confirmed reset: every transfer that was with the device is prepared again, nothing
     * received; detached ones are freed. What the device had used before counts as used. The ring
     * starts afresh.
     *
     * @throws IllegalStateException when another living thread owns the queue
     */
    public void returnAll() {
        queue.owner()
                .doAsOwner(() -> {
                    queue.reaper().takeWhatWasUsed();
                    queue.ring().restart();
                    queue.books().returnAll();
                    queue.sendings().returned();
                });
    }

    /**
     * Takes what a device that is lost had used; what it had not stays with it for the time being.
     *
     * @return how many transfers were taken
     * @throws IllegalStateException when another living thread owns the queue
     */
    public int takeWhatWasUsed() {
        int before = queue.inFlight();
        queue.owner().doAsOwner(queue.reaper()::takeWhatWasUsed);
        return before - queue.inFlight();
    }

    /**
     * A device that was lost certainly does not write any more, and another one takes its place,
     * which knows nothing of what was there: what may be sent again is, with the ring made anew,
     * and the rest is returned; what was only staged stays that. The ring is to be handed to the
     * device, and the device to be notified, by {@link #reconnect}.
     *
     * @return how many transfers were sent again, and returned
     * @throws IllegalStateException when another living thread owns the queue
     */
    public Redelivered redeliver() {
        Redelivery redelivery = new Redelivery(queue);
        queue.owner().doAsOwner(redelivery::run);
        return redelivery.done();
    }

    /**
     * What became of the transfers that a lost device had.
     *
     * @param sentAgain how many were sent again, in the same sendings
     * @param returned how many were returned to their owners; of detached ones, freed
     */
    public record Redelivered(int sentAgain, int returned) {}

    /**
     * Goes on after a reset. What was flushed since then, the device is notified of.
     *
     * @param connection how to notify, and how to be notified, from now on
     */
    public void reconnect(QueueConnection connection) {
        queue.owner().doAsOwner(() -> queue.reconnect(connection));
    }

    /**
     * Ends the queue for good. Idempotent.
     *
     * @param resetConfirmed whether the device certainly does not write any more. If so, all memory
     *     is freed; if not, what the device may still write is quarantined
     */
    public void close(boolean resetConfirmed) {
        queue.owner()
                .doOrLeaveNote(() -> {
                    if (queue.books().isClosed()) {
                        return;
                    }
                    if (resetConfirmed) {
                        queue.ring().restart();
                        queue.books().returnAll();
                        queue.books().closeAll();
                    } else {
                        queue.books().quarantineAll();
                    }
                });
    }
}
