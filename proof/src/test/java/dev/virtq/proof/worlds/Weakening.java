package dev.virtq.proof.worlds;

/**
 * Something taken out of a ring class, to see that the explorer notices: the negative controls.
 *
 * @param type the class's simple name
 * @param method the method's name
 * @param kind what is taken out
 */
record Weakening(String type, String method, Kind kind) {
    enum Kind {
        /** {@code fullFence()} is not called. */
        FENCE,
        /** {@code setRelease} becomes {@code set}. */
        RELEASE,
        /** {@code setRelease} becomes {@code setOpaque}. */
        RELEASE_TO_OPAQUE,
        /** {@code getAcquire} becomes {@code get}. */
        ACQUIRE,
        /** {@code getAcquire} becomes {@code getOpaque}. */
        ACQUIRE_TO_OPAQUE,
        /** The method does all that it does, and returns false. */
        RETURNS_FALSE,
        /** The method does nothing. */
        EMPTY,
        /** The first argument, an int, is one too large: an event index is off by one. */
        FIRST_ARGUMENT_PLUS_ONE,
        /** What {@code id()} of a class of faults says is not thrown. */
        CHECK_OF_ID,
        /** What {@code length()} of a class of faults says is not thrown. */
        CHECK_OF_LENGTH,
        /** The first descriptor's flags are stored where they are computed, before the others. */
        FLAGS_LAST,
        /** Every store to a field that is a boolean is left out. */
        TOGGLE
    }

    @Override
    public String toString() {
        return "%s.%s without %s".formatted(type, method, kind);
    }
}
