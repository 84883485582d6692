package dev.virtq.device;

import org.jspecify.annotations.Nullable;

/**
 * Something outside the caller's code went wrong.
 *
 * <p>The subclass says who is at fault: the device ({@link DeviceFaultException}) or the world
 * ({@link DeviceLostException}, {@link TransferTimeoutException}, {@link
 * TransferReturnedException}). What the caller does wrong is an {@link IllegalStateException} or an
 * {@link IllegalArgumentException}.
 */
public class VirtioException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what went wrong.
     *
     * @param message one line: what was wrong, and what was expected
     */
    public VirtioException(String message) {
        super(message);
    }

    /**
     * Says what went wrong, and because of what.
     *
     * @param message one line: what was wrong, and what was expected
     * @param cause what led to it
     */
    public VirtioException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * {@return the same failure, for one more thread that meets it: its stack trace is that of the
     * calling thread, its cause is this one}
     */
    public VirtioException again() {
        return new VirtioException(text(), this);
    }

    /** {@return the message, for {@link #again}} */
    final String text() {
        return String.valueOf(getMessage());
    }
}
