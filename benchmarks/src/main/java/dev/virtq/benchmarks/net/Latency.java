package dev.virtq.benchmarks.net;

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
        Contest.printHead(
                "round trip",
                "ns: medians, their ratio (less than 1: virtq is faster), spreads (rounds)");
    }

    /** Compares, and prints a row for each percentile. {@return them, for JSON} */
    List<Map<String, Object>> compare(Ring ring) throws IOException, InterruptedException {
        Map<String, Contest> contests = new LinkedHashMap<>();
        PERCENTILES
                .keySet()
                .forEach(percentile ->
                        contests.put(percentile, new Contest(name(ring) + " " + percentile, "ns")));
        for (int round = 0; round < setting.selection().rounds(); round++) {
            long before = setting.distanceClass();
            Histogram virtq = ours(ring);
            long between = setting.distanceClass();
            Histogram dpdk = dpdks(ring);
            long after = setting.distanceClass();
            PERCENTILES.forEach((percentile, part) -> {
                Contest contest = contests.get(percentile);
                if (before == between) {
                    contest.virtq(between, virtq.percentile(part));
                }
                if (between == after) {
                    contest.dpdk(between, dpdk.percentile(part));
                }
            });
        }
        List<Map<String, Object>> lines = new ArrayList<>();
        contests.values().forEach(contest -> lines.addAll(contest.print()));
        return lines;
    }

    private Histogram ours(Ring ring) throws IOException, InterruptedException {
        try (Testpmd device = setting.device(setting.socket(), "io", BYTES);
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
        try (Testpmd device = setting.device(setting.socket(), "io", BYTES);
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
