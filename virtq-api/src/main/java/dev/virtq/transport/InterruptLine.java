package dev.virtq.transport;

import dev.virtq.device.DeviceLostException;

/**
 * An interrupt line, which is up as long as some device has something to say.
 *
 * <p>A line may be shared: that it is up does not say that a certain device pulls it. Of each
 * device one thread at a time waits.
 */
public interface InterruptLine {
    /** {@return its number at the machine's interrupt controller} */
    int number();

    /** {@return how often it went up, for whichever device} */
    long rises();

    /** {@return whether it was up when it was last heard of; asks no device} */
    boolean isRaised();

    /**
     * Waits until it is up, at no cost.
     *
     * @param nanos how long at most, in nanoseconds
     * @return whether it is up; {@code false} says that the time is over
     * @throws InterruptedException when the thread is interrupted
     * @throws DeviceLostException when nothing can be heard of it any more
     */
    boolean await(long nanos) throws InterruptedException;
}
