package dev.virtq.benchmarks;

import java.util.List;

/**
 * What of a comparison is run, and how often.
 *
 * @param rounds how many figures there are of each competitor
 * @param seconds how long each is measured
 * @param words what the names of the rows have in them
 */
public record Selection(int rounds, int seconds, List<String> words) {
    private static final int ROUNDS = 5;
    private static final int SECONDS = 3;

    /**
     * {@return what was asked for}
     *
     * @param arguments {@code [ROUNDS [SECONDS [WORD...]]]}
     * @throws IllegalArgumentException when a number is none
     */
    public static Selection of(List<String> arguments) {
        return new Selection(
                arguments.isEmpty() ? ROUNDS : number("rounds", arguments.getFirst()),
                arguments.size() < 2 ? SECONDS : number("seconds", arguments.get(1)),
                arguments.size() < 2
                        ? List.of()
                        : List.copyOf(arguments.subList(2, arguments.size())));
    }

    /** {@return whether a row is to be run} */
    public boolean has(String row) {
        return List.of(row.split(" ")).containsAll(words);
    }

    private static int number(String what, String given) {
        try {
            int number = Integer.parseInt(given);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The same is wrong with it.
        }
        throw new IllegalArgumentException(
                "%s '%s' (expected: a number, 1 or more; then the words of a row)"
                        .formatted(what, given));
    }
}
