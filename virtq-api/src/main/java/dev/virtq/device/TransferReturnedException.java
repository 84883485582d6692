package dev.virtq.device;

/**
 * A reset ended the transfer before the device reported it as used. Nothing was received, and
 * whether the device acted on what was sent is not known.
 */
public class TransferReturnedException extends VirtioException {
    private static final long serialVersionUID = 1L;

    /**
     * Says which transfer came back.
     *
     * @param message one line: which transfer, and because of what
     */
    public TransferReturnedException(String message) {
        super(message);
    }

    @Override
    public TransferReturnedException again() {
        TransferReturnedException again = new TransferReturnedException(text());
        again.initCause(this);
        return again;
    }
}
