package dev.virtq.transport;

/**
 * Whether the device is still the transport's. What a transport has handed out outlives it, and the
 * device may be somebody else's by then.
 */
@FunctionalInterface
public interface Lease {
    /** Refuses an access after the transport was closed, with an {@link IllegalStateException}. */
    void check();
}
