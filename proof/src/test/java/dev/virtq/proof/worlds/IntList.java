package dev.virtq.proof.worlds;

import java.util.Arrays;

/** A growing list of numbers. */
final class IntList {
    private int[] items = new int[1 << 10];
    private int size;

    void add(int item) {
        if (size == items.length) {
            items = Arrays.copyOf(items, 2 * size);
        }
        items[size++] = item;
    }

    int at(int index) {
        return items[index];
    }

    int size() {
        return size;
    }
}
