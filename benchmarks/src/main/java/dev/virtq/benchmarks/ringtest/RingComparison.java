package dev.virtq.benchmarks.ringtest;

import dev.virtq.benchmarks.Ending;
import dev.virtq.benchmarks.Sample;
import dev.virtq.benchmarks.Selection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;

/**
 * The rings alone, both ends, in one thread and in two: packed with split, in order with not, and
 * with the kernel's programs in C where they are there. In each round each has its turn, in a
 * process of its own.
 *
 * <pre>{@code RingComparison [--ringtest FOLDER] [ROUNDS [SECONDS [WORD...]]]}</pre>
 *
 * <p>Only the rows are run whose names contain all of the words, and those that they are compared
 * with.
 */
public final class RingComparison {
    private final Selection selection;
    private final @Nullable Path ringtest;
    private final Map<RingRow, Sample> samples = new LinkedHashMap<>();

    private RingComparison(Selection selection, @Nullable Path ringtest) {
        this.selection = selection;
        this.ringtest = ringtest;
    }

    /**
     * Compares, prints a table, and writes {@code ring.json}.
     *
     * @param arguments as above
     */
    public static void main(String[] arguments) {
        RingComparison comparison;
        try {
            comparison = of(List.of(arguments));
        } catch (IllegalArgumentException e) {
            Ending.forWrongArguments(e.getMessage());
            return;
        }
        Ending.with(comparison::run);
    }

    private static RingComparison of(List<String> arguments) {
        if (arguments.isEmpty() || !arguments.getFirst().equals("--ringtest")) {
            return new RingComparison(Selection.of(arguments), null);
        }
        if (arguments.size() < 2 || !KernelProgram.areIn(Path.of(arguments.get(1)))) {
            throw new IllegalArgumentException("--ringtest: " + KernelProgram.EXPECTED);
        }
        return new RingComparison(
                Selection.of(arguments.subList(2, arguments.size())), Path.of(arguments.get(1)));
    }

    private void run() throws IOException, InterruptedException {
        SequencedSet<RingRow> rows = new LinkedHashSet<>();
        for (RingRow row : RingRow.all()) {
            if (selection.has(row.name())) {
                addAfterPeers(row, rows);
            }
        }
        for (int round = 0; round < selection.rounds(); round++) {
            for (RingRow row : rows) {
                samples.computeIfAbsent(row, key -> new Sample()).add(measure(row));
            }
        }
        print();
    }

    private void addAfterPeers(RingRow row, SequencedSet<RingRow> rows) {
        row.peers(ringtest != null).forEach(peer -> addAfterPeers(peer, rows));
        rows.add(row);
    }

    private double measure(RingRow row) throws IOException, InterruptedException {
        if (row.kernels()) {
            return KernelProgram.of(ringtest, row.packed())
                    .measureFor(row.batch(), selection.seconds());
        }
        String format = row.packed() ? "packed" : "split";
        return new OwnProgram(format, row.inOrder(), "ring", row.oneThread(), row.batch())
                .measure(selection.seconds() + "s");
    }

    private void print() throws IOException {
        List<Object> described = new ArrayList<>();
        System.out.printf(
                "%-40s %8s %16s   ratios of medians; less than 1: faster%n", "", "ns", "spread");
        samples.forEach((row, sample) -> {
            Map<String, Double> ratios = new LinkedHashMap<>();
            for (RingRow peer : row.peers(ringtest != null)) {
                ratios.put(row.differenceTo(peer), sample.ratioTo(samples.get(peer)));
            }
            StringBuilder told = new StringBuilder();
            ratios.forEach((peer, ratio) -> told.append("  %.2f to %s".formatted(ratio, peer)));
            System.out.printf(
                    "%-40s %8.1f %16s %s%n", row.name(), sample.median(), sample.spread(), told);
            described.add(described(row, sample, ratios));
        });
        Files.write(
                Path.of("ring.json"),
                new ObjectMapper().writeValueAsBytes(Map.of("rows", described)));
    }

    private static Map<String, Object> described(
            RingRow row, Sample sample, Map<String, Double> ratios) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("row", row.name());
        described.put("unit", "ns");
        described.putAll(sample.described());
        described.put("ratios", ratios);
        return described;
    }
}
