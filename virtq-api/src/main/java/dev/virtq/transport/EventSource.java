package dev.virtq.transport;

/** Tells of events of two kinds: a queue was used, the configuration changed. */
public interface EventSource {
    /** Some queue has been used. */
    int QUEUE = 1;

    /** The configuration has changed. */
    int CONFIG = 2;

    /** {@return the kinds of events that have happened since they were told last; 0 when none} */
    int poll();

    /**
     * Waits for an event.
     *
     * @param nanos how long at most, in nanoseconds
     * @return the kinds of events that have happened; 0 when the time is over
     * @throws InterruptedException when the thread is interrupted
     */
    int await(long nanos) throws InterruptedException;
}
