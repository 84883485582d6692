package dev.virtq.benchmarks.net;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Packets a second, ours and DPDK's in turn, counted by the device, in windows of less than half a
 * second. Each side has a device of its own, and both are there all the time, so that windows can
 * alternate; between two of them all stand still while the distance of the cores is measured.
 */
final class Throughput {
    private static final int DEVICE_PACKETS_START_SECONDS = 1;
    private static final int WINDOWS_A_SECOND = 2;

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
        Path socket = setting.socket();
        try (Testpmd device = device(socket, row);
                OwnDriver driver =
                        OwnDriver.java(
                                NetLoad.class,
                                socket,
                                row.direction().word(),
                                row.bytes(),
                                row.ring().name())) {
            try (Side virtq = new Side(device, driver, row.direction())) {
                virtq.warmUp(Setting.WARM_UP_SECONDS + DEVICE_PACKETS_START_SECONDS);
                againstDpdk(row, virtq, contest);
            }
            String said = String.join(" / ", driver.end());
            if (!said.contains("wrong 0")) {
                throw new IOException("the driver of virtq ended with: " + said);
            }
        }
        return contest.print();
    }

    private void againstDpdk(Row row, Side virtq, Contest contest)
            throws IOException, InterruptedException {
        Path socket = setting.dpdkSocket();
        try (Testpmd device = device(socket, row);
                Testpmd driver = Testpmd.driver(socket, row.ring(), setting.pages());
                Side dpdk = new Side(device, driver, row.direction())) {
            driver.await();
            driver.forward(
                    row.direction() == Row.Direction.TRANSMIT ? "txonly" : "rxonly", row.bytes());
            dpdk.warmUp(Setting.DPDK_WARM_UP_SECONDS + DEVICE_PACKETS_START_SECONDS);
            int windows =
                    setting.selection().rounds() * setting.selection().seconds() * WINDOWS_A_SECOND;
            long distance = setting.distanceClass();
            for (int i = 0; i < windows; i++) {
                distance = window(virtq, distance, contest::virtq);
                distance = window(dpdk, distance, contest::dpdk);
            }
        }
    }

    /** {@return the class of the distance afterwards} */
    private long window(Side side, long before, Figures figures)
            throws IOException, InterruptedException {
        double rate = side.turn();
        long after = setting.distanceClass();
        if (before == after) {
            figures.add(after, rate);
        }
        return after;
    }

    private Testpmd device(Path socket, Row row) throws IOException, InterruptedException {
        return setting.device(
                socket,
                row.direction() == Row.Direction.TRANSMIT ? "rxonly" : "txonly",
                row.bytes());
    }
}
