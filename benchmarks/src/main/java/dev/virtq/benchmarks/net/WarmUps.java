package dev.virtq.benchmarks.net;

import dev.virtq.benchmarks.Sample;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How long a JVM takes to come to nine tenths of its steady rate, with {@code --warmup} and
 * without; and what that rate then is. The device counts, every few milliseconds.
 */
final class WarmUps {
    private static final int BYTES = 64;
    private static final long INTERVAL_MILLIS = 10;

    private final Setting setting;

    WarmUps(Setting setting) {
        this.setting = setting;
    }

    static List<Row> rows() {
        return Row.all().stream()
                .filter(row -> row.bytes() == BYTES)
                .filter(row -> !row.ring().inOrder() && !row.ring().mergeable())
                .toList();
    }

    static String name(Row row) {
        return "warmup " + row.name();
    }

    static void printHead() {
        System.out.printf(
                "%n%-36s %8s %8s %8s   s to 90 %% of the steady rate, from the start of the JVM and from the device's;"
                        + " that rate, Mpps; spreads%n",
                "warm-up", "JVM", "device", "rate");
    }

    /** Measures, and prints a row for each way. {@return them, for JSON} */
    List<Map<String, Object>> measure(Row row) throws IOException, InterruptedException {
        Figures cold = new Figures();
        Figures warmed = new Figures();
        for (int round = 0; round < setting.selection().rounds(); round++) {
            watch(row, "", cold);
            watch(row, "--warmup", warmed);
        }
        return List.of(cold.row(name(row)), warmed.row(name(row) + " --warmup"));
    }

    private void watch(Row row, String option, Figures figures)
            throws IOException, InterruptedException {
        boolean transmits = row.direction() == Row.Direction.TRANSMIT;
        try (Testpmd device =
                setting.device(setting.socket(), transmits ? "rxonly" : "txonly", BYTES)) {
            long start = System.nanoTime();
            try (OwnDriver driver =
                    OwnDriver.java(
                            NetLoad.class,
                            setting.socket(),
                            row.direction().word(),
                            BYTES,
                            row.ring().name(),
                            option)) {
                long connects = driver.awaitLine("connects");
                RateCurve curve = curve(device, row.direction(), connects);
                driver.end();
                double seconds = curve.secondsTo(RateCurve.MOST_OF_IT);
                figures.fromDevice.add(seconds);
                figures.fromStart.add(seconds + (connects - start) / 1e9);
                figures.rate.add(curve.steadyRate() * 1e3);
            }
        }
    }

    private RateCurve curve(Testpmd device, Row.Direction direction, long from)
            throws IOException, InterruptedException {
        RateCurve curve = new RateCurve(from);
        long longest =
                TimeUnit.SECONDS.toNanos(Setting.WARM_UP_SECONDS + setting.selection().seconds());
        while (System.nanoTime() - from < longest) {
            Testpmd.Counts counts = device.counts();
            curve.add(counts.nanos(), counts.of(direction));
            Thread.sleep(INTERVAL_MILLIS);
        }
        return curve;
    }

    private static final class Figures {
        private final Sample fromStart = new Sample();
        private final Sample fromDevice = new Sample();
        private final Sample rate = new Sample();

        private Map<String, Object> row(String name) {
            System.out.printf(
                    "%-36s %8.2f %8.2f %8.2f   %s %s %s%n",
                    name,
                    fromStart.median(),
                    fromDevice.median(),
                    rate.median(),
                    fromStart.spread(),
                    fromDevice.spread(),
                    rate.spread());
            Map<String, Object> described = new LinkedHashMap<>();
            described.put("row", name);
            described.put("seconds from the JVM's start", fromStart.described());
            described.put("seconds from the device's start", fromDevice.described());
            described.put("steady Mpps", rate.described());
            return described;
        }
    }
}
