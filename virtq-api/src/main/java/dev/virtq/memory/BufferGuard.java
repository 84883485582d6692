package dev.virtq.memory;

/**
 * Says whether the bytes of a claimed buffer may be touched right now. Whoever claims a buffer
 * brings one; a transfer's guard refuses while the device owns the transfer.
 */
public interface BufferGuard {
    /**
     * Called before each access through an accessor, from any thread.
     *
     * @throws IllegalStateException when the bytes may not be touched
     */
    void checkAccess();

    /**
     * Called before a view is made. A view lives longer than the call, so this may be stricter than
     * {@link #checkAccess}: it may insist on a thread.
     *
     * @throws IllegalStateException when no view may be made
     */
    void checkView();

    /** {@return who holds the buffer, for messages, as in {@code transfer 7 of queue 1}} */
    String describe();
}
