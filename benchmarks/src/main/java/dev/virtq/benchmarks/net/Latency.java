package dev.virtq.benchmarks.net;

import dev.virtq.benchmarks.Sample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How long a frame takes to the device and back, ours and DPDK's in turn: one frame at a time, both
 * ends poll.
 */
final class Latency {
    private static final int BYTES = 64;

    /** As many each, whatever they take. */
    private static final long TRIPS_A_SECOND = 500_000;

    private static final Map<String, Double> PERCENTILES = percentiles();

    private final Setting setting;
    private final RoundTripProgram program;

    Latency(Setting setting, RoundTripProgram program) {
        this.setting = setting;
        this.program = program;
    }

    private static Map<String, Double> percentiles() {
        Map<String, Double> percentiles = new LinkedHashMap<>();
        percentiles.put("p50", 0.5);
        percentiles.put("p99", 0.99);
        percentiles.put("p99.9", 0.999);
        return percentiles;
    }

    /** {@return the rings that are compared: of receive buffers of one frame each} */
    static List<Ring> rings() {
        return Ring.all().stream().filter(ring -> !ring.mergeable()).toList();
    }

    static String name(Ring ring) {
        return "latency %d %s".formatted(BYTES, ring.name());
    }

    static void printHead() {
        System.out.printf(
                "%n%-36s %8s %8s %8s   ns: medians, their ratio (less than 1: virtq is faster), spreads%n",
                "round trip", "virtq", "DPDK", "ratio");
    }

    /** Compares, and prints a row for each percentile. {@return them, for JSON} */
    List<Map<String, Object>> compare(Ring ring) throws IOException, InterruptedException {
        Map<String, Sample> virtq = new LinkedHashMap<>();
        Map<String, Sample> dpdk = new LinkedHashMap<>();
        for (int round = 0; round < setting.selection().rounds(); round++) {
            add(virtq, ours(ring));
            add(dpdk, dpdks(ring));
        }
        List<Map<String, Object>> rows = new ArrayList<>();
        PERCENTILES
                .keySet()
                .forEach(percentile ->
                        rows.add(
                                row(
                                        ring,
                                        percentile,
                                        virtq.get(percentile),
                                        dpdk.get(percentile))));
        return rows;
    }

    private static Map<String, Object> row(
            Ring ring, String percentile, Sample virtq, Sample dpdk) {
        String name = name(ring) + " " + percentile;
        System.out.printf(
                "%-36s %8.0f %8.0f %8.2f   %s %s%n",
                name,
                virtq.median(),
                dpdk.median(),
                virtq.ratioTo(dpdk),
                virtq.spread(),
                dpdk.spread());
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("row", name);
        described.put("unit", "ns");
        described.put("virtq", virtq.described());
        described.put("dpdk", dpdk.described());
        described.put("ratio", virtq.ratioTo(dpdk));
        return described;
    }

    private static void add(Map<String, Sample> samples, Histogram histogram) {
        PERCENTILES.forEach((name, part) ->
                samples.computeIfAbsent(name, key -> new Sample()).add(histogram.percentile(part)));
    }

    private Histogram ours(Ring ring) throws IOException, InterruptedException {
        try (Testpmd device = setting.device("io", BYTES);
                OwnDriver driver =
                        OwnDriver.java(
                                NetRoundTrips.class,
                                setting.socket(),
                                BYTES,
                                Setting.WARM_UP_SECONDS,
                                count(),
                                ring.name())) {
            return result(device, driver);
        }
    }

    private Histogram dpdks(Ring ring) throws IOException, InterruptedException {
        try (Testpmd device = setting.device("io", BYTES);
                OwnDriver driver = program.start(setting, ring, BYTES, count())) {
            return result(device, driver);
        }
    }

    private long count() {
        return setting.selection().seconds() * TRIPS_A_SECOND;
    }

    private Histogram result(Testpmd device, OwnDriver driver)
            throws IOException, InterruptedException {
        List<String> said = driver.result();
        Histogram histogram = Histogram.parse(said);
        Testpmd.Counts counts = device.counts();
        Optional<String> sent = said.stream().filter(line -> line.startsWith("sent ")).findFirst();
        if (histogram.total() != count()
                || !sent.equals(Optional.of("sent " + counts.received()))
                || counts.sent() != counts.received()) {
            throw new IOException(
                    "%d round trips (expected: %d); the device counts %s, the driver says: %s"
                            .formatted(histogram.total(), count(), counts, sent.orElse("nothing")));
        }
        return histogram;
    }
}
