package dev.virtq.cli.value;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Words that somebody may have meant. */
public final class Similar {
    private static final int MOST = 3;

    private Similar() {}

    /**
     * {@return the candidates that are a few typing errors away, the nearest first}
     *
     * @param word as typed
     * @param candidates what could have been typed
     */
    public static List<String> to(String word, Collection<String> candidates) {
        int reach = Math.max(1, word.length() / 3);
        return candidates.stream()
                .filter(candidate ->
                        distance(word, candidate) <= reach
                                || (word.length() > 1 && candidate.startsWith(word)))
                .sorted(Comparator.comparingInt(candidate -> distance(word, candidate)))
                .limit(MOST)
                .toList();
    }

    /**
     * How many letters have to be inserted, deleted, replaced, or exchanged with their neighbour.
     */
    private static int distance(String a, String b) {
        int[][] costs = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    costs[i][j] = i + j;
                    continue;
                }
                int replaced = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                costs[i][j] =
                        Math.min(
                                costs[i - 1][j - 1] + replaced,
                                1 + Math.min(costs[i - 1][j], costs[i][j - 1]));
                if (i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1)) {
                    costs[i][j] = Math.min(costs[i][j], costs[i - 2][j - 2] + 1);
                }
            }
        }
        return costs[a.length()][b.length()];
    }
}
