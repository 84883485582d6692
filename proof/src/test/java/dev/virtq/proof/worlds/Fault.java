package dev.virtq.proof.worlds;

import org.jspecify.annotations.Nullable;

/** A world went wrong: what a ring may not do, in the words of the one who noticed. */
final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Fault(String message) {
        super(message);
    }

    Fault(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
