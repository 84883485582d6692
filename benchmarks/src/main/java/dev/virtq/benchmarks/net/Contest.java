package dev.virtq.benchmarks.net;

import dev.virtq.benchmarks.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What our driver and DPDK's showed in one row of a table, apart for each {@linkplain CoreDistance
 * distance} of the cores.
 */
final class Contest {
    /** Both at one distance. */
    private record Pair(Sample virtq, Sample dpdk) {}

    private final String row;
    private final String unit;
    private final SortedMap<Long, Pair> pairs = new TreeMap<>();

    /**
     * Begins one.
     *
     * @param row its name
     * @param unit of the figures
     */
    Contest(String row, String unit) {
        this.row = row;
        this.unit = unit;
    }

    static void printHead(String title, String legend) {
        System.out.printf(
                "%n%-36s %9s %8s %8s %8s   %s%n",
                title, "cores, ns", "virtq", "DPDK", "ratio", legend);
    }

    /** Adds a figure of ours. */
    void virtq(long distanceClass, double figure) {
        at(distanceClass).virtq.add(figure);
    }

    /** Adds a figure of DPDK's. */
    void dpdk(long distanceClass, double figure) {
        at(distanceClass).dpdk.add(figure);
    }

    /** Prints a line for each distance at which there is something to compare. {@return them} */
    List<Map<String, Object>> print() {
        List<Map<String, Object>> lines = new ArrayList<>();
        pairs.forEach((distance, pair) -> {
            if (pair.virtq.count() > 0 && pair.dpdk.count() > 0) {
                lines.add(print(distance, pair));
            }
        });
        if (lines.isEmpty()) {
            System.out.printf(
                    "%-36s the cores were never as far from each other for one as for the other;"
                            + " run more rounds%n",
                    row);
        }
        return lines;
    }

    private Map<String, Object> print(long distance, Pair pair) {
        System.out.printf(
                "%-36s %4d-%-4d %8.2f %8.2f %8.2f   %s (%d) %s (%d)%n",
                row,
                distance,
                2 * distance,
                pair.virtq.median(),
                pair.dpdk.median(),
                pair.virtq.ratioTo(pair.dpdk),
                pair.virtq.spread(),
                pair.virtq.count(),
                pair.dpdk.spread(),
                pair.dpdk.count());
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("row", row);
        described.put("unit", unit);
        described.put("nanosecondsBetweenCores", List.of(distance, 2 * distance));
        described.put("virtq", pair.virtq.described());
        described.put("dpdk", pair.dpdk.described());
        described.put("ratio", pair.virtq.ratioTo(pair.dpdk));
        return described;
    }

    private Pair at(long distanceClass) {
        return pairs.computeIfAbsent(
                distanceClass, distance -> new Pair(new Sample(), new Sample()));
    }
}
