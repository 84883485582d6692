package dev.virtq.machine.sim.random;

import java.util.Arrays;

/** Expectations that are looked at millions of times: a condition, and words only when it fails. */
final class Expect {
    private Expect() {}

    /** Fails with the words, and the values that belong to them. */
    static void that(boolean condition, String words, Object... values) {
        if (!condition) {
            throw new AssertionError(words + " " + Arrays.toString(values));
        }
    }
}
