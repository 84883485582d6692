package dev.virtq.benchmarks.net;

import dev.virtq.benchmarks.Sample;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** Packets a second, ours and DPDK's in turn, counted by the device. */
final class Throughput {
    private static final int DEVICE_PACKETS_START_SECONDS = 1;

    private final Setting setting;

    Throughput(Setting setting) {
        this.setting = setting;
    }

    static void printHead() {
        System.out.printf(
                "%n%-36s %8s %8s %8s   Mpps: medians, their ratio, spreads%n",
                "packets a second", "virtq", "DPDK", "ratio");
    }

    /** Compares, and prints the row. {@return it, for JSON} */
    Map<String, Object> compare(Row row) throws IOException, InterruptedException {
        Sample virtq = new Sample();
        Sample dpdk = new Sample();
        for (int round = 0; round < setting.selection().rounds(); round++) {
            virtq.add(ours(row));
            dpdk.add(dpdks(row));
        }
        System.out.printf(
                "%-36s %8.2f %8.2f %8.2f   %s %s%n",
                row.name(),
                virtq.median(),
                dpdk.median(),
                virtq.ratioTo(dpdk),
                virtq.spread(),
                dpdk.spread());
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("row", row.name());
        described.put("unit", "Mpps");
        described.put("virtq", virtq.described());
        described.put("dpdk", dpdk.described());
        described.put("ratio", virtq.ratioTo(dpdk));
        return described;
    }

    private double ours(Row row) throws IOException, InterruptedException {
        try (Testpmd device = device(row);
                OwnDriver driver =
                        OwnDriver.java(
                                NetLoad.class,
                                setting.socket(),
                                row.direction().word(),
                                row.bytes(),
                                row.ring().name())) {
            double rate = measure(device, row);
            String said = String.join(" / ", driver.end());
            if (!said.contains("wrong 0")) {
                throw new IOException("the driver of virtq ended with: " + said);
            }
            return rate;
        }
    }

    private double dpdks(Row row) throws IOException, InterruptedException {
        try (Testpmd device = device(row);
                Testpmd driver = Testpmd.driver(setting.socket(), row.ring(), setting.pages())) {
            driver.await();
            driver.forward(
                    row.direction() == Row.Direction.TRANSMIT ? "txonly" : "rxonly", row.bytes());
            return measure(device, row);
        }
    }

    private Testpmd device(Row row) throws IOException, InterruptedException {
        return setting.device(
                row.direction() == Row.Direction.TRANSMIT ? "rxonly" : "txonly", row.bytes());
    }

    private double measure(Testpmd device, Row row) throws IOException, InterruptedException {
        Thread.sleep((Setting.WARM_UP_SECONDS + DEVICE_PACKETS_START_SECONDS) * 1000L);
        Testpmd.Counts before = device.counts();
        Thread.sleep(setting.selection().seconds() * 1000L);
        Testpmd.Counts after = device.counts();
        long packets = after.of(row.direction()) - before.of(row.direction());
        return packets * 1e3 / (after.nanos() - before.nanos());
    }
}
