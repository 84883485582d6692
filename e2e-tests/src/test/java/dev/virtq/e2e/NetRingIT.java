package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.virtq.cli.network.Ipv4Address;
import dev.virtq.cli.network.Ipv4Settings;
import dev.virtq.cli.network.NetworkHost;
import dev.virtq.cli.network.PingClient;
import dev.virtq.cli.network.PingRequest;
import dev.virtq.cli.network.PingSummary;
import dev.virtq.cli.network.TftpClient;
import dev.virtq.cli.network.TftpRequest;
import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetOptions;
import dev.virtq.machine.Machine;
import dev.virtq.machine.MachineOptions;
import dev.virtq.machine.MachineProvider;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.Virtqueue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * QEMU's network device on every kind of ring: both formats, in order and not, with and without
 * indirect tables and event indices, from four entries to as many as the device takes.
 */
class NetRingIT {
    private static final Ipv4Address GATEWAY = Ipv4Address.parse("10.0.2.2");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final byte[] CONTENT = new byte[200_000];

    @TempDir static Path folder;

    @BeforeAll
    static void serveAFile() throws IOException {
        // The container's QEMU is another user's, and JUnit's folders are its own user's alone.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        new Random(11).nextBytes(CONTENT);
        Files.write(folder.resolve("file.bin"), CONTENT);
    }

    static Stream<NetRing> rings() throws Exception {
        return Stream.of(
                        NetRing.on("qemu", true), NetRing.on("qemu-local", localQemuKnowsInOrder()))
                .flatMap(List::stream);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rings")
    @Timeout(60)
    void framesGoToAndFro(NetRing ring) throws Exception {
        MachineProvider provider = Machines.require(ring.machine());
        String runsAs;
        try (Machine machine = provider.start(ring.options().withTftp(folder))) {
            runsAs = machine.details().getOrDefault("runs as", "");
            NetOptions options =
                    NetOptions.DEFAULT.withQueue(QueueOptions.DEFAULT.withSize(ring.size()));
            try (NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK), options)) {
                theRingIsWhatWasAskedFor(ring, net);
                NetworkHost host =
                        new NetworkHost(new NetWire(net), Ipv4Settings.QEMU_USER_NETWORK);
                pings(host);
                fetches(host);
                sendsWhatLiesInPlace(net, host);
                new EchoFlood(net).run(ring.frames(), window(net), PATIENCE);
                eachQueueIsResetWhileTheOtherRuns(net, host);
                nothingWasFound(net);
            }
        }
        nothingIsLeft(ring.machine(), runsAs);
    }

    @ParameterizedTest
    @ValueSource(strings = {"qemu", "qemu-local"})
    @Timeout(60)
    void withoutQueueResetOnlyTheWholeDeviceIsReset(String kind) throws Exception {
        MachineProvider provider = Machines.require(kind);
        FeatureSet reset = FeatureSet.of(CommonFeature.RING_RESET);
        try (Machine machine = provider.start(MachineOptions.DEFAULT.withholding(reset));
                NetDevice net = NetDevice.open(machine.transport(DeviceType.NETWORK))) {
            NetworkHost host = new NetworkHost(new NetWire(net), Ipv4Settings.QEMU_USER_NETWORK);
            pings(host);
            assertThatIllegalStateException()
                    .isThrownBy(() -> net.resetQueue(net.receiveQueue()))
                    .withMessageContaining("RING_RESET was not accepted");
            pings(host);
            net.reset();
            pings(host);
        }
    }

    private static void theRingIsWhatWasAskedFor(NetRing ring, NetDevice net) {
        FeatureSet common = FeatureSet.of(CommonFeature.values());
        assertThat(net.device().acceptedFeatures().intersection(common)).isEqualTo(ring.accepted());
        for (Virtqueue queue : List.of(net.receiveQueue(), net.transmitQueue())) {
            int largest = net.device().transport().maxQueueSize(queue.index());
            assertThat(queue.size()).isEqualTo(Math.min(ring.size(), largest));
            assertThat(queue.snapshot().format()).isEqualTo(ring.packed() ? "packed" : "split");
        }
    }

    private static void pings(NetworkHost host) throws Exception {
        PingRequest request =
                PingRequest.to(GATEWAY)
                        .withCount(3)
                        .withInterval(Duration.ZERO)
                        .withTimeout(PATIENCE);
        PingSummary summary = new PingClient(host).run(request, _ -> {});
        assertThat(summary.isComplete()).as("%s", summary).isTrue();
    }

    private static void fetches(NetworkHost host) throws Exception {
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        new TftpClient(host)
                .read(TftpRequest.of(GATEWAY, "/file.bin"), Channels.newChannel(got), (_, _) -> {});
        assertThat(hash(got.toByteArray())).isEqualTo(hash(CONTENT));
    }

    /** Header and frame are two buffers of one chain: in an indirect table where there are any. */
    private static void sendsWhatLiesInPlace(NetDevice net, NetworkHost host) throws Exception {
        for (int i = 0; i < 10; i++) {
            try (DmaBuffer frame = net.device().memory().allocate(64)) {
                byte[] nonsense = new byte[64]; // to nobody, of no protocol
                frame.copyFrom(0, MemorySegment.ofArray(nonsense));
                net.send(frame, PATIENCE);
            }
        }
        pings(host);
    }

    /** What lies in a receive queue that was reset is lost; nothing else is. */
    private static void eachQueueIsResetWhileTheOtherRuns(NetDevice net, NetworkHost host)
            throws Exception {
        for (Virtqueue queue :
                List.of(net.receiveQueue(), net.transmitQueue(), net.receiveQueue())) {
            net.resetQueue(queue);
            pings(host);
            new EchoFlood(net).run(100, window(net), PATIENCE);
        }
    }

    private static int window(NetDevice net) {
        return Math.min(64, net.receiveQueue().size());
    }

    private static void nothingWasFound(NetDevice net) {
        assertThat(net.device().failure()).isEmpty();
        assertThat(net.receiveQueue().snapshot().anomalies()).isEmpty();
        assertThat(net.transmitQueue().snapshot().anomalies()).isEmpty();
    }

    private static void nothingIsLeft(String machine, String runsAs) throws Exception {
        assertThat(runsAs).matches("(process|container) \\w+");
        String id = runsAs.substring(runsAs.indexOf(' ') + 1);
        if (machine.equals("qemu-local")) {
            assertThat(ProcessHandle.of(Long.parseLong(id)).filter(ProcessHandle::isAlive))
                    .isEmpty();
        } else {
            Process docker =
                    new ProcessBuilder("docker", "ps", "-aq", "--filter", "id=" + id)
                            .redirectErrorStream(true)
                            .start();
            assertThat(new String(docker.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEmpty();
            assertThat(docker.waitFor()).isZero();
        }
    }

    /** QEMU has the property since 9.1; what an older one says of it is tested where it starts. */
    private static boolean localQemuKnowsInOrder() throws Exception {
        try {
            Process qemu =
                    new ProcessBuilder("qemu-system-x86_64", "-device", "virtio-net-pci,help")
                            .redirectErrorStream(true)
                            .start();
            String said = new String(qemu.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            qemu.waitFor();
            return said.contains("in_order=");
        } catch (IOException notInstalled) {
            return false; // the tests on it say so
        }
    }

    private static String hash(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
