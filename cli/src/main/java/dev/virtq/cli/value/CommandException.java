package dev.virtq.cli.value;

import org.jspecify.annotations.Nullable;

/** A command cannot do what it was asked to. The message is the one line that the user reads. */
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Says what was wrong, what was expected, and what to do.
     *
     * @param message one line, without a full stop
     */
    public CommandException(String message) {
        super(message);
    }

    /**
     * Says what was wrong, and because of what.
     *
     * @param message one line, without a full stop
     * @param cause what led to it
     */
    public CommandException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
