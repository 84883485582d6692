package dev.virtq.device;

/**
 * The device did not do in time what was asked of it: it did not use a transfer, which is still in
 * flight, or did not confirm that it has reset a queue, suspended itself or resumed.
 */
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
