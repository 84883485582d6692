package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetOptions;
import dev.virtq.e2e.Launcher.Outcome;
import dev.virtq.machine.Machine;
import dev.virtq.queue.QueueSnapshot;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DPDK's vhost as the device: it counts each frame, and its count is what counts. */
@Timeout(60)
class DpdkIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** More than an index of 16 bits counts. */
    private static final int MANY = 70_000;

    private static final int SOME = 20_000;
    private static final int WINDOW = 64;

    @TempDir Path folder;

    @ParameterizedTest(name = "{0}, in order: {1}")
    @CsvSource({"split,false", "split,true", "packed,false", "packed,true"})
    void asManyFramesArriveAsWereSent(String format, boolean inOrder) throws Exception {
        try (BackEnd dpdk = BackEnds.testpmd(folder, "rxonly")) {
            try (Machine machine = dpdk.machine();
                    NetDevice net = open(machine, format, inOrder);
                    Arena arena = Arena.ofConfined()) {
                var small = arena.allocate(64);
                var large = arena.allocate(1500);
                for (int i = 0; i < MANY; i++) {
                    net.send(i % 8 == 0 ? large : small);
                }
                // The device counts what it has taken, and then says that it is used.
                awaitNothingInFlight(net);
            }
            dpdk.end();
            assertThat(count(dpdk, "RX")).isEqualTo(MANY);
        }
    }

    @ParameterizedTest(name = "{0}, in order: {1}, {2} bytes")
    @CsvSource({
        "split,  false, 64", "split,  false, 1500",
        "split,  true,  64", "split,  true,  1500",
        "packed, false, 64", "packed, false, 1500",
        "packed, true,  64", "packed, true,  1500",
    })
    void eachFrameComesBackAsItWasSent(String format, boolean inOrder, int length)
            throws Exception {
        try (BackEnd dpdk = BackEnds.testpmd(folder, "io")) {
            try (Machine machine = dpdk.machine();
                    NetDevice net = open(machine, format, inOrder)) {
                new ReflectedFrames(net, length, length).run(SOME, WINDOW, PATIENCE);
            }
            dpdk.end();
            assertThat(count(dpdk, "RX")).isEqualTo(SOME);
            assertThat(count(dpdk, "TX")).isEqualTo(SOME);
        }
    }

    @Test
    void theNetCommandsWorkOnIt() throws Exception {
        try (BackEnd dpdk = BackEnds.testpmd(folder, "icmpecho")) {
            Outcome outcome =
                    Launcher.virtq(
                            "exec",
                            "--machine",
                            dpdk.machineName(),
                            "machine",
                            "net ping 10.0.2.2 -c 5 -i 1ms",
                            "queue 1");
            assertThat(outcome.status()).as(outcome.err()).isZero();
            assertThat(outcome.out())
                    .contains("the back end at " + folder)
                    .contains("64 bytes from 10.0.2.2: icmp_seq=4")
                    .contains("5 received, 0% packet loss")
                    .contains("queue 1 (transmitq1) of net0: packed ring");
            dpdk.end();
            assertThat(count(dpdk, "RX")).as("one ARP request and five pings").isEqualTo(6);
        }
    }

    /** {@return what is refused, so that a ring is of that format and in order, or not} */
    static FeatureSet refused(String format, boolean inOrder) {
        FeatureSet refused = FeatureSet.EMPTY;
        if (format.equals("split")) {
            refused = refused.with(CommonFeature.RING_PACKED);
        }
        return inOrder ? refused : refused.with(CommonFeature.IN_ORDER);
    }

    private static NetDevice open(Machine machine, String format, boolean inOrder) {
        NetDevice net =
                NetDevice.open(
                        machine.transport(DeviceType.NETWORK),
                        NetOptions.DEFAULT.refusing(refused(format, inOrder)));
        assertThat(net.device().has(CommonFeature.IN_ORDER)).isEqualTo(inOrder);
        assertThat(net.transmitQueue().snapshot().format()).isEqualTo(format);
        return net;
    }

    private static void awaitNothingInFlight(NetDevice net) throws InterruptedException {
        long start = System.nanoTime();
        while (net.transmitQueue().snapshot().chains().stream()
                .anyMatch(chain -> chain.owner() == QueueSnapshot.Owner.DEVICE)) {
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(PATIENCE);
            Thread.sleep(1);
        }
    }

    /** Of all its ports, over its whole life. */
    private static long count(BackEnd dpdk, String direction) {
        String said = dpdk.output();
        Matcher matcher =
                Pattern.compile(
                                "Accumulated forward statistics.*?"
                                        + direction
                                        + "-packets: (\\d+) ",
                                Pattern.DOTALL)
                        .matcher(said);
        assertThat(matcher.find()).as(said).isTrue();
        return Long.parseLong(matcher.group(1));
    }
}
