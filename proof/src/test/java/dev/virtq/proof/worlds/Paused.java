package dev.virtq.proof.worlds;

/**
 * Thrown out of an access to leave the operation there. It is entered again from its beginning, and
 * finds the values that it has loaded so far in its log.
 */
final class Paused extends Error {
    private static final long serialVersionUID = 1L;

    /** One for all: it has no stack trace, and is thrown millions of times. */
    @SuppressWarnings("StaticAssignmentOfThrowable")
    static final Paused HERE = new Paused();

    private Paused() {
        super("paused", null, false, false);
    }
}
