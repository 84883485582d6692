package dev.virtq.device;

/**
 * How the device gets a thread's attention: used buffer notifications of one queue, or
 * configuration change notifications (virtio 1.4, section 2.3 and 2.9).
 *
 * <p>Notifications are counted by nobody: one that arrived before {@link #await} makes the next
 * call return at once, and several may be told as one. A return without a notification is allowed;
 * callers look at the ring. Where it can, a wait for a queue also ends when the configuration
 * changes, since that is how a device says that it needs a reset (2.1.2): callers look at that,
 * too.
 */
public interface Interrupt {
    /**
     * Takes note of a notification, without waiting.
     *
     * @return whether one has arrived since the last time that one was noted
     */
    boolean poll();

    /**
     * Waits for a notification.
     *
     * @param nanos how long at most, in nanoseconds
     * @return whether one has arrived; {@code false} says that the time is over
     * @throws InterruptedException when the thread is interrupted
     * @throws DeviceLostException when the device cannot be reached any more
     */
    boolean await(long nanos) throws InterruptedException;
}
