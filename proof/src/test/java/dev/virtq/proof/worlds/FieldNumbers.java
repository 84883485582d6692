package dev.virtq.proof.worlds;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The numbers of a side's fields, by their names. */
final class FieldNumbers {
    private final Map<String, Integer> first = new HashMap<>();
    private final Map<String, Integer> count = new HashMap<>();
    private long[] numbers = {};

    FieldNumbers(List<String> names) {
        for (int i = 0; i < names.size(); i++) {
            first.putIfAbsent(names.get(i), i);
            count.merge(names.get(i), 1, Integer::sum);
        }
    }

    FieldNumbers of(long[] values) {
        numbers = values;
        return this;
    }

    boolean has(String name) {
        return first.containsKey(name);
    }

    /** {@return how many elements an array has, or 1} */
    int length(String name) {
        return count.getOrDefault(name, 0);
    }

    long get(String name) {
        return get(name, 0);
    }

    long get(String name, int element) {
        return numbers[index(name) + element];
    }

    void set(String name, long value) {
        set(name, 0, value);
    }

    void set(String name, int element, long value) {
        numbers[index(name) + element] = value;
    }

    private int index(String name) {
        Integer index = first.get(name);
        if (index == null) {
            throw new IllegalStateException("no field " + name + ": it was renamed?");
        }
        return index;
    }
}
