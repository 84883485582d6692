package dev.virtq.proof.worlds;

import java.util.Arrays;

/**
 * What each of two sides knows of the other's stores. A side's clock goes on with each release; a
 * store has the clock at which it was made, and a message that a release stored carries it. Zero
 * stands for what the other side knows already.
 */
final class SideClocks {
    private final int[] now = {1, 1};

    /** Of the other's clock: up to here, its stores happened before. */
    private final int[] known = new int[2];

    // The clocks of each side at which the other can come to know: no others need telling apart.
    private final int[][] cuts = new int[2][256];
    private final int[] cutCount = new int[2];

    int now(int side) {
        return now[side];
    }

    /** {@return whether what the other did at that clock happened before} */
    boolean knows(int side, int othersEpoch) {
        return othersEpoch <= known[side];
    }

    /** {@return the clock that a release store carries} */
    int release(int side) {
        return now[side]++;
    }

    void learn(int side, int carried) {
        known[side] = Math.max(known[side], carried);
    }

    void reset() {
        Arrays.fill(now, 1);
        Arrays.fill(known, 0);
    }

    /** Takes note of what messages carry, before {@link #rank}. */
    void note(int[] author, int[] epoch, int[] carried, int first, int count) {
        for (int at = first; at < first + count; at++) {
            if (epoch[at] != 0 || carried[at] != 0) {
                addCut(author[at], carried[at]);
            }
        }
    }

    void rank() {
        for (int side = 0; side < 2; side++) {
            addCut(side, now[side]);
            Arrays.sort(cuts[side], 0, cutCount[side]);
        }
    }

    /** {@return 0 for what the other knows, else the place among the clocks that it can learn} */
    int ranked(int side, int clock) {
        if (clock <= known[1 - side]) {
            return 0;
        }
        int rank = 1;
        for (int i = 0; i < cutCount[side] && cuts[side][i] < clock; i++) {
            if (i == 0 || cuts[side][i] != cuts[side][i - 1]) {
                rank++;
            }
        }
        return rank;
    }

    void applyRanks() {
        for (int side = 0; side < 2; side++) {
            now[side] = ranked(side, now[side]);
        }
        Arrays.fill(known, 0);
        Arrays.fill(cutCount, 0);
    }

    void write(StateWriter out) {
        for (int side = 0; side < 2; side++) {
            out.put(now[side]);
        }
    }

    void read(StateReader in) {
        for (int side = 0; side < 2; side++) {
            known[side] = 0;
            now[side] = in.nextInt();
        }
    }

    private void addCut(int side, int clock) {
        if (clock > known[1 - side]) {
            for (int i = 0; i < cutCount[side]; i++) {
                if (cuts[side][i] == clock) {
                    return;
                }
            }
            cuts[side][cutCount[side]++] = clock;
        }
    }
}
