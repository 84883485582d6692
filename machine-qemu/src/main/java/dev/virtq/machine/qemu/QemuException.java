package dev.virtq.machine.qemu;

import dev.virtq.device.VirtioException;
import org.jspecify.annotations.Nullable;

/** QEMU could not be started, refused a command, or did not answer it in time. */
public class QemuException extends VirtioException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure with nothing beneath it.
     *
     * @param message one line: what was wrong, what was expected, what to do
     */
    public QemuException(String message) {
        super(message);
    }

    /**
     * A failure that another one may have caused.
     *
     * @param message one line: what was wrong, what was expected, what to do
     * @param cause what was thrown beneath, if anything was
     */
    public QemuException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
