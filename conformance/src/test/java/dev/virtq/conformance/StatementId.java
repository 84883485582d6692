package dev.virtq.conformance;

import java.util.Arrays;
import java.util.Comparator;

/**
 * A section, and the number of a statement in it: {@code 2.7.13.3.1#1}.
 *
 * @param text how it is written
 */
record StatementId(String text) implements Comparable<StatementId> {
    private static final Comparator<int[]> BY_NUMBERS = Arrays::compare;

    StatementId {
        if (!text.matches("\\d+(\\.\\d+)*#\\d+")) {
            throw new IllegalArgumentException(
                    "statement id " + text + " (expected: one like 2.7.13.3.1#1)");
        }
    }

    String section() {
        return text.substring(0, text.indexOf('#'));
    }

    /** As the standard has them: 2.7.2 before 2.7.10. */
    @Override
    public int compareTo(StatementId other) {
        return BY_NUMBERS.compare(numbers(), other.numbers());
    }

    private int[] numbers() {
        return Arrays.stream(text.split("[.#]")).mapToInt(Integer::parseInt).toArray();
    }

    @Override
    public String toString() {
        return text;
    }
}
