package dev.virtq.queue;

/** Where a prepared transfer is in its life. */
public enum TransferState {
    /** It can be sent; its buffers are the caller's to read and write. */
    PREPARED,
    /** It is in the ring, and the device does not see it yet: it can still be taken back. */
    STAGED,
    /** The device owns it, and its buffers. */
    IN_FLIGHT,
    /** As {@link #PREPARED}, and the device has used it: there is a used length. */
    COMPLETED,
    /** The caller has let go of it; it is freed when the device is done. */
    DETACHED,
    /** It is gone, its buffers are freed or given back. */
    CLOSED,
    /** The device was lost with it; its buffers are never used again. */
    QUARANTINED;

    /** {@return whether it is in the ring: staged, in flight, or detached and not done} */
    public boolean isWithDevice() {
        return this == STAGED || this == IN_FLIGHT || this == DETACHED;
    }
}
