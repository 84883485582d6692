package dev.virtq.benchmarks.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.ObjectMapper;

/**
 * Packets a second, ours and DPDK's, on the same device in turn. The device, DPDK's vhost on core
 * 1, counts them; the driver has core 0.
 *
 * <pre>{@code NetComparison [ROUNDS [SECONDS [WORD...]]]}</pre>
 *
 * <p>Only the rows are run whose names contain all of the words.
 */
public final class NetComparison {
    /** For the JIT; DPDK's driver gets the same. */
    private static final int WARM_UP_SECONDS = 10;

    private static final int DEVICE_PACKETS_START_SECONDS = 1;

    private final int rounds;
    private final int seconds;
    private final Path socket;

    private NetComparison(int rounds, int seconds, Path socket) {
        this.rounds = rounds;
        this.seconds = seconds;
        this.socket = socket;
    }

    /**
     * What came of one row.
     *
     * @param row its name
     * @param virtq millions of packets a second, one figure a round
     * @param dpdk the same
     * @param ratio of the medians
     */
    record Figures(String row, List<Double> virtq, List<Double> dpdk, double ratio) {}

    /**
     * Compares, prints a table, and writes {@code net.json}.
     *
     * @param arguments as above
     * @throws Exception when a program cannot be run
     */
    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3;
        List<String> words =
                List.of(arguments).subList(Math.min(2, arguments.length), arguments.length);
        Path folder = Files.createTempDirectory("virtq-net");
        List<Figures> all = new ArrayList<>();
        System.out.printf(
                "%-36s %8s %8s %8s   Mpps: virtq, DPDK, ratio of medians%n",
                "", "virtq", "DPDK", "ratio");
        try {
            NetComparison comparison =
                    new NetComparison(rounds, seconds, folder.resolve("net.sock"));
            for (Row row : Row.all()) {
                List<String> name = List.of(row.name().split(" "));
                if (name.containsAll(words)) {
                    Figures figures = comparison.compare(row);
                    all.add(figures);
                    System.out.printf(
                            "%-36s %8.2f %8.2f %8.2f   %s %s%n",
                            figures.row(),
                            median(figures.virtq()),
                            median(figures.dpdk()),
                            figures.ratio(),
                            spread(figures.virtq()),
                            spread(figures.dpdk()));
                }
            }
        } finally {
            Files.deleteIfExists(folder.resolve("net.sock"));
            Files.delete(folder);
        }
        Files.write(Path.of("net.json"), new ObjectMapper().writeValueAsBytes(Map.of("rows", all)));
    }

    private Figures compare(Row row) throws IOException, InterruptedException {
        Map<String, List<Double>> figures = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            figures.computeIfAbsent("virtq", key -> new ArrayList<>()).add(ours(row));
            figures.computeIfAbsent("dpdk", key -> new ArrayList<>()).add(dpdks(row));
        }
        List<Double> virtq = figures.get("virtq");
        List<Double> dpdk = figures.get("dpdk");
        return new Figures(row.name(), virtq, dpdk, median(virtq) / median(dpdk));
    }

    private double ours(Row row) throws IOException, InterruptedException {
        try (Testpmd device = Testpmd.device(socket)) {
            startDevice(device, row);
            Process driver = start(row);
            try {
                double rate = measure(device, row);
                driver.outputWriter().close(); // it ends
                String said = new String(driver.getInputStream().readAllBytes());
                if (driver.waitFor() != 0 || !said.contains("wrong 0")) {
                    throw new IOException("the driver of virtq ended with: " + said);
                }
                return rate;
            } finally {
                driver.destroyForcibly();
            }
        }
    }

    private double dpdks(Row row) throws IOException, InterruptedException {
        try (Testpmd device = Testpmd.device(socket)) {
            startDevice(device, row);
            try (Testpmd driver = Testpmd.driver(socket, row)) {
                driver.await();
                driver.forward(
                        row.direction() == Row.Direction.TRANSMIT ? "txonly" : "rxonly",
                        row.bytes());
                return measure(device, row);
            }
        }
    }

    private void startDevice(Testpmd device, Row row) throws IOException {
        device.await();
        device.forward(
                row.direction() == Row.Direction.TRANSMIT ? "rxonly" : "txonly", row.bytes());
    }

    private double measure(Testpmd device, Row row) throws IOException, InterruptedException {
        Thread.sleep((WARM_UP_SECONDS + DEVICE_PACKETS_START_SECONDS) * 1000L);
        Testpmd.Counts before = device.counts();
        Thread.sleep(seconds * 1000L);
        Testpmd.Counts after = device.counts();
        long packets =
                row.direction() == Row.Direction.TRANSMIT
                        ? after.received() - before.received()
                        : after.sent() - before.sent();
        return packets * 1e3 / (after.nanos() - before.nanos());
    }

    private Process start(Row row) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        NetLoad.class.getName(),
                        socket.toString(),
                        row.direction() == Row.Direction.TRANSMIT ? "transmit" : "receive",
                        Integer.toString(row.bytes()),
                        row.packed() ? "packed" : "split",
                        row.inOrder() ? "in_order" : "any",
                        row.mergeable() ? "mrg_rxbuf" : "single")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static String spread(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return "%.2f–%.2f".formatted(sorted.getFirst(), sorted.getLast());
    }
}
