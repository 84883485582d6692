package dev.virtq.benchmarks.net;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Packets a second, ours and DPDK's in turn, counted by the device, in windows of less than half a
 * second. Between two windows both stand still while the distance of the cores is measured.
 */
final class Throughput {
    private static final int DEVICE_PACKETS_START_SECONDS = 1;
    private static final int WINDOWS_A_SECOND = 2;
    private static final int SETTLE_MILLIS = 50;
    private static final int WINDOW_MILLIS = 400;

    private final Setting setting;

    Throughput(Setting setting) {
        this.setting = setting;
    }

    static void printHead() {
        Contest.printHead("packets a second", "Mpps: medians, their ratio, spreads (windows)");
    }

    /** Takes a figure, measured at one distance of the cores. */
    @FunctionalInterface
    private interface Figures {
        void add(long distanceClass, double figure);
    }

    /** Compares, and prints the row. {@return its lines, for JSON} */
    List<Map<String, Object>> compare(Row row) throws IOException, InterruptedException {
        Contest contest = new Contest(row.name(), "Mpps");
        for (int round = 0; round < setting.selection().rounds(); round++) {
            ours(row, contest::virtq);
            dpdks(row, contest::dpdk);
        }
        return contest.print();
    }

    private void ours(Row row, Figures figures) throws IOException, InterruptedException {
        try (Testpmd device = device(row);
                OwnDriver driver =
                        OwnDriver.java(
                                NetLoad.class,
                                setting.socket(),
                                row.direction().word(),
                                row.bytes(),
                                row.ring().name())) {
            measure(Setting.WARM_UP_SECONDS, device, driver.pid(), row, figures);
            String said = String.join(" / ", driver.end());
            if (!said.contains("wrong 0")) {
                throw new IOException("the driver of virtq ended with: " + said);
            }
        }
    }

    private void dpdks(Row row, Figures figures) throws IOException, InterruptedException {
        try (Testpmd device = device(row);
                Testpmd driver = Testpmd.driver(setting.socket(), row.ring(), setting.pages())) {
            driver.await();
            driver.forward(
                    row.direction() == Row.Direction.TRANSMIT ? "txonly" : "rxonly", row.bytes());
            measure(Setting.DPDK_WARM_UP_SECONDS, device, driver.pid(), row, figures);
        }
    }

    private Testpmd device(Row row) throws IOException, InterruptedException {
        return setting.device(
                row.direction() == Row.Direction.TRANSMIT ? "rxonly" : "txonly", row.bytes());
    }

    private void measure(int warmUpSeconds, Testpmd device, long driver, Row row, Figures figures)
            throws IOException, InterruptedException {
        Thread.sleep((warmUpSeconds + DEVICE_PACKETS_START_SECONDS) * 1000L);
        long before = distanceClass(device, driver);
        for (int i = 0; i < setting.selection().seconds() * WINDOWS_A_SECOND; i++) {
            Thread.sleep(SETTLE_MILLIS);
            double rate = window(device, row);
            long after = distanceClass(device, driver);
            if (before == after) {
                figures.add(after, rate);
            }
            before = after;
        }
    }

    private static double window(Testpmd device, Row row) throws IOException, InterruptedException {
        Testpmd.Counts before = device.counts();
        Thread.sleep(WINDOW_MILLIS);
        Testpmd.Counts after = device.counts();
        long packets = after.of(row.direction()) - before.of(row.direction());
        return packets * 1e3 / (after.nanos() - before.nanos());
    }

    private long distanceClass(Testpmd device, long driver)
            throws IOException, InterruptedException {
        return CoreDistance.classOf(setting.distance().nanos(LongStream.of(device.pid(), driver)));
    }
}
