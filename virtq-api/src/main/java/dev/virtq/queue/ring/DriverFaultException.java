package dev.virtq.queue.ring;

import dev.virtq.device.VirtioException;

/** The driver broke a rule of the standard, as seen from the device end. */
public class DriverFaultException extends VirtioException {
    private static final long serialVersionUID = 1L;

    /**
     * Says which rule was broken, and where it shows.
     *
     * @param message what the driver did
     * @param clause the section of virtio 1.4 that forbids it
     */
    public DriverFaultException(String message, String clause) {
        super(message + " (virtio 1.4, " + clause + ")");
    }
}
