package dev.virtq.transport.vhostuser;

import dev.virtq.device.VirtioException;

/** The back end broke the vhost-user protocol, or said no to what it must be able to do. */
public class BackEndFaultException extends VirtioException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what it did.
     *
     * @param message one line: what it did, and what was expected
     */
    public BackEndFaultException(String message) {
        super(message);
    }

    @Override
    public BackEndFaultException again() {
        BackEndFaultException again = new BackEndFaultException(String.valueOf(getMessage()));
        again.initCause(this);
        return again;
    }
}
