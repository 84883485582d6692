package dev.virtq.benchmarks.net;

import dev.virtq.benchmarks.Ending;
import dev.virtq.benchmarks.Selection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.ObjectMapper;

/**
 * Our network driver and DPDK's, on the same device in turn: packets a second, round trips; and,
 * apart from them, how long ours takes to come to its full speed.
 *
 * <pre>{@code NetComparison [ROUNDS [SECONDS [WORD...]]]}</pre>
 *
 * <p>Only the rows are run whose names contain all of the words.
 */
public final class NetComparison {
    private final Setting setting;
    private final Map<String, Object> results = new LinkedHashMap<>();

    private NetComparison(Setting setting) {
        this.setting = setting;
    }

    /**
     * Compares, prints tables, and writes {@code net.json} after each row.
     *
     * @param arguments as above
     */
    public static void main(String[] arguments) {
        Selection selection;
        try {
            selection = Selection.of(List.of(arguments));
        } catch (IllegalArgumentException e) {
            Ending.forWrongArguments(e.getMessage());
            return;
        }
        Ending.with(() -> run(selection));
    }

    private static void run(Selection selection) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("virtq-net");
        try {
            new NetComparison(
                            new Setting(
                                    selection, folder, Pages.ofEnvironment(), new CoreDistance()))
                    .run();
        } finally {
            try (Stream<Path> left = Files.list(folder)) {
                for (Path file : left.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private void run() throws IOException, InterruptedException {
        String pages = setting.pages().toString();
        System.out.println(pages);
        results.put("pages", pages);
        comparePacketsASecond();
        compareRoundTrips();
        measureWarmUps();
    }

    private void comparePacketsASecond() throws IOException, InterruptedException {
        List<Row> rows = Row.all().stream().filter(row -> isSelected(row.name())).toList();
        if (rows.isEmpty()) {
            return;
        }
        Throughput throughput = new Throughput(setting);
        Throughput.printHead();
        for (Row row : rows) {
            keep("packets a second", throughput.compare(row));
        }
    }

    private void compareRoundTrips() throws IOException, InterruptedException {
        List<Ring> rings =
                Latency.rings().stream().filter(ring -> isSelected(Latency.name(ring))).toList();
        if (rings.isEmpty()) {
            return;
        }
        RoundTripProgram program;
        try {
            program = RoundTripProgram.compile(setting.folder());
        } catch (IOException e) {
            System.err.println("no round trips are compared: " + e.getMessage());
            return;
        }
        Latency latency = new Latency(setting, program);
        Latency.printHead();
        for (Ring ring : rings) {
            keep("round trips", latency.compare(ring));
        }
    }

    private void measureWarmUps() throws IOException, InterruptedException {
        List<Row> rows =
                WarmUps.rows().stream().filter(row -> isSelected(WarmUps.name(row))).toList();
        if (rows.isEmpty()) {
            return;
        }
        WarmUps warmUps = new WarmUps(setting);
        WarmUps.printHead();
        for (Row row : rows) {
            keep("warm-up", warmUps.measure(row));
        }
    }

    private boolean isSelected(String name) {
        return setting.selection().has(name);
    }

    private void keep(String section, List<Map<String, Object>> rows) throws IOException {
        @SuppressWarnings("unchecked")
        List<Object> kept =
                (List<Object>) results.computeIfAbsent(section, key -> new ArrayList<>());
        kept.addAll(rows);
        Files.write(Path.of("net.json"), new ObjectMapper().writeValueAsBytes(results));
    }
}
