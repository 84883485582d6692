package dev.virtq.device;

/** The device did not use a transfer in time. The transfer is still in flight. */
public class TransferTimeoutException extends VirtioException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what was waited for, and how long.
     *
     * @param message one line: what was waited for, and how long
     */
    public TransferTimeoutException(String message) {
        super(message);
    }

    @Override
    public TransferTimeoutException again() {
        TransferTimeoutException again = new TransferTimeoutException(text());
        again.initCause(this);
        return again;
    }
}
