package dev.virtq.proof.worlds;

import java.util.Arrays;

/**
 * What was stored at each place, oldest first, and what each message tells of its author. The
 * messages of a place are next to each other, from {@link #first} to {@link #last}.
 */
final class Messages {
    /** How many a place can keep: the newest, and two stale ones. */
    static final int STRIDE = 3;

    static final int PLACES = 128;

    // For each message: whether fences have made it known to the other side.
    static final int KNOWN_BY_FENCE = 0;
    private static final int BEFORE_LAST_FENCE = 1;
    private static final int SINCE_LAST_FENCE = 2;

    final int[] count = new int[PLACES];
    final long[] value = new long[PLACES * STRIDE];
    final int[] author = new int[PLACES * STRIDE];

    /** The author's clock when it was stored; 0 when the other side knows of it. */
    final int[] epoch = new int[PLACES * STRIDE];

    /** The author's clock up to which an acquiring load learns of its stores; 0 for nothing. */
    final int[] carried = new int[PLACES * STRIDE];

    final int[] fenceAge = new int[PLACES * STRIDE];
    final boolean[] isPlain = new boolean[PLACES * STRIDE];

    Messages() {
        Arrays.fill(count, 1);
    }

    int first(int place) {
        return place * STRIDE;
    }

    int last(int place) {
        return place * STRIDE + count[place] - 1;
    }

    void add(int place, int side, long stored, boolean plain, int clock, int itCarries) {
        count[place]++;
        int at = last(place);
        value[at] = stored;
        author[at] = side;
        epoch[at] = clock;
        carried[at] = itCarries;
        fenceAge[at] = SINCE_LAST_FENCE;
        isPlain[at] = plain;
    }

    /**
     * A full fence. All fences of both sides are in one order: what the other side stored before
     * its last fence, this side knows now; what this side stored, the other knows after its next.
     */
    void fence(int side, int places) {
        for (int place = 0; place < places; place++) {
            for (int at = first(place); at <= last(place); at++) {
                if (author[at] == side) {
                    fenceAge[at] = Math.min(fenceAge[at], BEFORE_LAST_FENCE);
                } else if (fenceAge[at] == BEFORE_LAST_FENCE) {
                    fenceAge[at] = KNOWN_BY_FENCE;
                }
            }
        }
    }

    /** {@return whether it is of the same value as the one before it, and both tell nothing} */
    boolean repeats(int at) {
        return value[at] == value[at - 1] && (carried[at] | carried[at - 1]) == 0;
    }

    /** Forgets one or more, from a message of the place on. */
    void forget(int place, int from, int forgotten) {
        int to = first(place) + from;
        int left = count[place] - from - forgotten;
        System.arraycopy(value, to + forgotten, value, to, left);
        System.arraycopy(author, to + forgotten, author, to, left);
        System.arraycopy(epoch, to + forgotten, epoch, to, left);
        System.arraycopy(carried, to + forgotten, carried, to, left);
        System.arraycopy(fenceAge, to + forgotten, fenceAge, to, left);
        System.arraycopy(isPlain, to + forgotten, isPlain, to, left);
        count[place] -= forgotten;
    }

    /** Makes a place have one message, which everybody knows. */
    void reset(int place, long known) {
        int at = first(place);
        count[place] = 1;
        value[at] = known;
        author[at] = 0;
        epoch[at] = 0;
        carried[at] = 0;
        fenceAge[at] = KNOWN_BY_FENCE;
        isPlain[at] = false;
    }

    boolean isReset(int place, long known) {
        int at = first(place);
        return count[place] == 1
                && value[at] == known
                && (author[at] | epoch[at] | carried[at]) == 0
                && !isPlain[at];
    }

    void write(StateWriter out, int place, boolean withValues) {
        out.put(count[place]);
        for (int at = first(place); at <= last(place); at++) {
            out.put(withValues ? value[at] : 0);
            out.put(author[at] | (isPlain[at] ? 2 : 0));
            out.put(3L * epoch[at] + fenceAge[at]);
            out.put(carried[at]);
        }
    }

    void read(StateReader in, int place) {
        count[place] = in.nextInt();
        for (int at = first(place); at <= last(place); at++) {
            value[at] = in.next();
            int who = in.nextInt();
            author[at] = who & 1;
            isPlain[at] = (who & 2) != 0;
            int clock = in.nextInt();
            epoch[at] = clock / 3;
            fenceAge[at] = clock % 3;
            carried[at] = in.nextInt();
        }
    }
}
