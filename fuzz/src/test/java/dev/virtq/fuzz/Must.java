package dev.virtq.fuzz;

import java.util.Arrays;

/** What must hold, whatever the input is. */
public final class Must {
    private Must() {}

    /**
     * Fails unless something holds.
     *
     * @param holds whether it does
     * @param otherwise what is so when it does not
     * @param seen what was seen, to be shown
     */
    public static void hold(boolean holds, String otherwise, Object... seen) {
        if (!holds) {
            throw new AssertionError(
                    seen.length == 0 ? otherwise : otherwise + ": " + Arrays.toString(seen));
        }
    }
}
