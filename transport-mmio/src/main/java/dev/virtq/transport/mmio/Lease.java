package dev.virtq.transport.mmio;

/**
 * Whether the device is still the transport's. What a transport has handed out outlives it, and the
 * device may be somebody else's by then.
 */
@FunctionalInterface
interface Lease {
    /** Refuses an access after the transport was closed, with an {@link IllegalStateException}. */
    void check();
}
