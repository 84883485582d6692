package dev.virtq.queue;

import java.time.Duration;

/**
 * One sending of a {@link TransferToken}: what {@link TransferToken#send} gives.
 *
 * <p>It speaks for that sending alone: once the token has been sent again, this handle is stale and
 * every call throws.
 *
 * <p>Threads: as {@link Virtqueue}.
 */
public final class Transfer {
    private final TransferToken token;
    private final long id;

    Transfer(TransferToken token, long id) {
        this.token = token;
        this.id = id;
    }

    /** {@return the token that was sent} */
    public TransferToken token() {
        return token;
    }

    /** {@return the id of this sending, unique in its queue for ever} */
    public long id() {
        return id;
    }

    /**
     * Looks whether the device is done, without waiting.
     *
     * @return whether it is
     * @throws IllegalStateException when this handle is stale or the token closed
     * @throws dev.virtq.device.TransferReturnedException when a reset ended this sending
     * @throws dev.virtq.device.VirtioException when the device cannot be used
     */
    public boolean poll() {
        return token.queue().sendings().pollFor(token.booking(), id);
    }

    /**
     * Flushes, and waits until the device is done.
     *
     * @param timeout how long at most
     * @return the token, with what was received
     * @throws IllegalStateException when this handle is stale or the token closed
     * @throws dev.virtq.device.TransferTimeoutException when the time is over; the transfer stays
     *     in flight
     * @throws dev.virtq.device.TransferReturnedException when a reset ended this sending
     * @throws dev.virtq.device.VirtioException when the device cannot be used
     * @throws InterruptedException when the thread is interrupted; the transfer stays in flight
     */
    public TransferToken await(Duration timeout) throws InterruptedException {
        token.queue().sendings().awaitFor(token.booking(), id, timeout);
        return token;
    }

    /**
     * Lets go of the token: fire and forget; see {@link TransferToken#detach}.
     *
     * @throws IllegalStateException when this handle is stale or the token closed
     */
    public void detach() {
        token.queue().sendings().checkCurrent(token.booking(), id);
        token.detach();
    }

    /**
     * {@return which sending of which token, as in {@code sending 17 of transfer #3 of queue 1}}
     */
    @Override
    public String toString() {
        return "sending " + id + " of " + token.booking().describe();
    }
}
