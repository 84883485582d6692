package dev.virtq.split;

import java.util.Arrays;

/**
 * Which descriptors are free, and which belong together. Kept in the driver's own memory, since the
 * {@code next} fields of the table can be rewritten by a device.
 */
final class FreeDescriptors {
    private static final int END = -1;

    private final int[] next;
    private int first;
    private int count;

    FreeDescriptors(int size) {
        next = new int[size];
        Arrays.setAll(next, slot -> slot + 1 < size ? slot + 1 : END);
        count = size;
    }

    int count() {
        return count;
    }

    /** Takes descriptors out, linked by {@link #next}. {@return the first} */
    int take(int wanted) {
        int head = first;
        int last = head;
        for (int i = 1; i < wanted; i++) {
            last = next[last];
        }
        first = next[last];
        next[last] = END;
        count -= wanted;
        return head;
    }

    /** {@return the descriptor that was taken together with this one, after it} */
    int next(int slot) {
        return next[slot];
    }

    /** Gives back all that were taken together. */
    void giveBack(int head) {
        int last = head;
        count++;
        while (next[last] != END) {
            last = next[last];
            count++;
        }
        next[last] = first;
        first = head;
    }
}
