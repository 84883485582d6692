package dev.virtq.fuzz;

import java.util.Map;
import java.util.TreeMap;

/**
 * How often programs came to the places that a target is about. A target that never makes a driver
 * throw has proved nothing about what it throws. One thread.
 */
public final class Landmarks {
    private static final Map<String, Integer> REACHED = new TreeMap<>();

    private Landmarks() {}

    /** Takes note that a place was reached. */
    public static void reach(String place) {
        REACHED.merge(place, 1, Integer::sum);
    }

    /** {@return the places that were reached since {@link #clear}, with how often} */
    public static Map<String, Integer> reached() {
        return Map.copyOf(REACHED);
    }

    /** Forgets all. */
    public static void clear() {
        REACHED.clear();
    }
}
