package dev.virtq.proof.worlds;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an exploration found.
 *
 * @param states how many states were visited
 * @param transitions how many steps lead from one to another, or to itself
 * @param reducedStates how many of them a packed ring's reduction tells apart
 * @param betweenOperations a hash over the states in which neither side is inside an operation
 * @param fault what went wrong; null when nothing did
 * @param trace the shortest way there, step by step
 */
record Result(
        WorldSpec spec,
        int states,
        int reducedStates,
        long transitions,
        long betweenOperations,
        int weakened,
        boolean boundReached,
        long millis,
        @Nullable String fault,
        List<String> trace) {
    String line() {
        return "%s %,10d states %,11d transitions %6.1f s%s"
                .formatted(spec, states, transitions, millis / 1000.0, boundReached ? " *" : "");
    }
}
