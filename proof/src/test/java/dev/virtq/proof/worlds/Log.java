package dev.virtq.proof.worlds;

import java.util.Arrays;

/**
 * What an operation has done so far: its accesses and the values that its loads returned. When the
 * operation is entered again, it gets the same values, so that it comes to the same point.
 */
final class Log {
    private int[] what = new int[16];
    private long[] value = new long[16];
    private int size;

    int size() {
        return size;
    }

    void clear() {
        size = 0;
    }

    void add(int step, long loaded) {
        if (size == what.length) {
            what = Arrays.copyOf(what, 2 * size);
            value = Arrays.copyOf(value, 2 * size);
        }
        what[size] = step;
        value[size++] = loaded;
    }

    int what(int at) {
        return what[at];
    }

    long value(int at) {
        return value[at];
    }

    void set(int at, long loaded) {
        value[at] = loaded;
    }
}
