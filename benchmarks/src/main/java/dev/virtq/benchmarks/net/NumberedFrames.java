package dev.virtq.benchmarks.net;

import java.util.ArrayList;
import java.util.List;

/**
 * Numbers that are given out once and come back once. Only so many are outstanding at a time; each
 * is known by itself, so that they may come back in any order.
 */
final class NumberedFrames {
    /** Where a number would be: itself plus 1 while it is outstanding, else 0. */
    private final long[] outstanding;

    private long next;
    private long back;

    /**
     * Nothing is outstanding yet.
     *
     * @param window how many may be; a power of two
     */
    NumberedFrames(int window) {
        if (Integer.bitCount(window) != 1) {
            throw new IllegalArgumentException(
                    "a window of %d (expected: a power of two)".formatted(window));
        }
        outstanding = new long[window];
    }

    /** {@return whether another may be sent: the one whose place it takes is back} */
    boolean hasRoom() {
        return outstanding[slotOf(next)] == 0;
    }

    /** {@return the next number, outstanding from now on} */
    long send() {
        if (!hasRoom()) {
            throw new IllegalStateException("no room for another in " + missing());
        }
        outstanding[slotOf(next)] = next + 1;
        return next++;
    }

    /**
     * Takes one back.
     *
     * @throws IllegalStateException when it is not outstanding
     */
    void takeBack(long number) {
        if (number < 0 || number >= next) {
            throw new IllegalStateException(
                    "frame %d came back, and was never sent (expected: less than %d)"
                            .formatted(number, next));
        }
        if (outstanding[slotOf(number)] != number + 1) {
            throw new IllegalStateException("frame %d came back twice".formatted(number));
        }
        outstanding[slotOf(number)] = 0;
        back++;
    }

    private int slotOf(long number) {
        return (int) number & (outstanding.length - 1);
    }

    long sent() {
        return next;
    }

    long back() {
        return back;
    }

    /** {@return those that are outstanding, the oldest first} */
    List<Long> missing() {
        List<Long> missing = new ArrayList<>();
        for (long number = Math.max(0, next - outstanding.length); number < next; number++) {
            if (outstanding[slotOf(number)] == number + 1) {
                missing.add(number);
            }
        }
        return missing;
    }
}
