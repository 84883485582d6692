package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.machine.sim.network.UserNetworkSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PcapngWriterTest {
    private static final Instant NOW = Instant.parse("2026-04-08T12:00:00.123456789Z");
    private static final long NOW_NANOS = NOW.getEpochSecond() * 1_000_000_000 + NOW.getNano();

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();

    @TempDir Path folder;

    @Test
    void aCaptureBeginsWithItsSectionAndItsInterface() throws Exception {
        writer().close();

        List<PcapngReader.Block> blocks = PcapngReader.read(file.toByteArray());
        assertThat(blocks).hasSize(2);
        PcapngReader.Block section = blocks.get(0);
        assertThat(section.type()).isEqualTo(0x0a0d0d0a);
        assertThat(section.fields()).containsExactly(0x1a2b3c4d, 1, -1, -1);
        assertThat(section.options()).isEqualTo(Map.of(4, ascii("virtq")));
        PcapngReader.Block description = blocks.get(1);
        assertThat(description.type()).isEqualTo(1);
        assertThat(description.fields()).as("Ethernet, no limit").containsExactly(1, 0);
        assertThat(description.options())
                .isEqualTo(Map.of(2, ascii("net0"), 6, "525400123456", 9, "09"));
    }

    @Test
    void framesOfEveryLengthKeepTheirBytesTimeAndDirection() throws Exception {
        Random random = new Random(9);
        byte[][] frames = new byte[70][];
        try (PcapngWriter writer = writer()) {
            for (int i = 0; i < frames.length; i++) {
                frames[i] = new byte[i];
                random.nextBytes(frames[i]);
                writer.write(
                        i % 2 == 0 ? CaptureDirection.INBOUND : CaptureDirection.OUTBOUND,
                        NOW_NANOS + i,
                        MemorySegment.ofArray(frames[i]),
                        i % 3 == 0 ? "x".repeat(i) : null);
            }
        }

        List<PcapngReader.Block> blocks = PcapngReader.read(file.toByteArray());
        for (int i = 0; i < frames.length; i++) {
            PcapngReader.Block block = blocks.get(2 + i);
            long time = NOW_NANOS + i;
            assertThat(block.type()).isEqualTo(6);
            assertThat(block.fields()).containsExactly(0, (int) (time >>> 32), (int) time, i, i);
            assertThat(block.frame()).isEqualTo(Hex.text(MemorySegment.ofArray(frames[i])));
            assertThat(block.options()).containsEntry(2, i % 2 == 0 ? "01000000" : "02000000");
            assertThat(block.options().containsKey(1)).isEqualTo(i % 3 == 0);
        }
    }

    @Test
    void aCapturingPortWritesDownBothDirections() throws Exception {
        SimulatedLink link = new SimulatedLink(UserNetworkSettings.NOTHING);
        CapturingPort port = capturing(link, writer());
        NetworkHost host =
                new NetworkHost(
                        port, Ipv4Settings.QEMU_USER_NETWORK, link.port.clock, new Random(1));

        new PingClient(host).run(PingRequest.to(Peer.ADDRESS).withCount(2), _ -> {});

        List<PcapngReader.Block> frames =
                PcapngReader.read(file.toByteArray()).stream().skip(2).toList();
        assertThat(frames)
                .extracting(block -> block.options().get(2))
                .as("ARP, echo, echo")
                .containsExactly(
                        "02000000", "01000000", "02000000", "01000000", "02000000", "01000000");
        assertThat(port.frames()).isEqualTo(6);
        assertThat(frames.get(0).frame()).isEqualTo(Hex.text(link.port.sent.getFirst()));
        long first = time(frames.get(0));
        assertThat(first).isEqualTo(NOW_NANOS);
        assertThat(time(frames.get(1)) - first).isEqualTo(ScriptedPort.LATENCY.toNanos());
        assertThat(time(frames.get(4)) - time(frames.get(2)))
                .as("the interval between pings")
                .isEqualTo(Duration.ofSeconds(1).toNanos());
    }

    @Test
    void aCaptureThatCannotBeWrittenIsNotGoneOnWith() throws Exception {
        PcapngWriter writer = writer();
        writer.close();
        CapturingPort port = capturing(new SimulatedLink(UserNetworkSettings.NOTHING), writer);

        assertThatThrownBy(() -> port.send(Hex.bytes("00".repeat(14))))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith("cannot write the capture");
    }

    @Test
    void wiresharkReadsWhatWasWritten() throws Exception {
        Assumptions.assumeTrue(isInstalled("tshark"), "tshark is not on the PATH of this computer");
        Path capture = folder.resolve("ping.pcapng");
        SimulatedLink link = new SimulatedLink(UserNetworkSettings.NOTHING);
        try (PcapngWriter writer = PcapngWriter.create(capture, "net0", ScriptedPort.MAC)) {
            NetworkHost host =
                    new NetworkHost(
                            capturing(link, writer),
                            Ipv4Settings.QEMU_USER_NETWORK,
                            link.port.clock,
                            new Random(1));
            new PingClient(host).run(PingRequest.to(Peer.ADDRESS).withCount(1), _ -> {});
            writer.write(
                    CaptureDirection.INBOUND, NOW_NANOS, link.port.sent.getFirst(), "a remark");
        }

        String read =
                run(
                        "tshark",
                        "-n",
                        "-r",
                        capture.toString(),
                        "-o",
                        "ip.check_checksum:TRUE",
                        "-T",
                        "fields",
                        "-E",
                        "separator=|",
                        "-e",
                        "frame.time_epoch",
                        "-e",
                        "frame.interface_name",
                        "-e",
                        "frame.packet_flags_direction",
                        "-e",
                        "frame.protocols",
                        "-e",
                        "icmp.checksum.status",
                        "-e",
                        "frame.comment");

        assertThat(read.lines().map(line -> line.replace("0x0000000", "").replace("0x", "")))
                .containsExactly(
                        "1775649600.123456789|net0|2|eth:ethertype:arp||",
                        "1775649600.123556789|net0|1|eth:ethertype:arp||",
                        "1775649600.123556789|net0|2|eth:ethertype:ip:icmp:data|1|",
                        "1775649600.123656789|net0|1|eth:ethertype:ip:icmp:data|1|",
                        "1775649600.123456789|net0|1|eth:ethertype:arp||a remark");
    }

    private PcapngWriter writer() throws IOException {
        return new PcapngWriter(Channels.newChannel(file), "net0", ScriptedPort.MAC);
    }

    private static CapturingPort capturing(SimulatedLink link, PcapngWriter writer) {
        return new CapturingPort(
                link.port, writer, Clock.fixed(NOW, ZoneOffset.UTC), link.port.clock);
    }

    private static long time(PcapngReader.Block block) {
        return (long) block.fields().get(1) << 32 | Integer.toUnsignedLong(block.fields().get(2));
    }

    private static String ascii(String text) {
        return Hex.text(MemorySegment.ofArray(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private static boolean isInstalled(String program) {
        for (String path : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            if (!path.isEmpty() && Files.isExecutable(Path.of(path, program))) {
                return true;
            }
        }
        return false;
    }

    private String run(String... command) throws Exception {
        Path output = folder.resolve("output");
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(output.toFile())
                        .redirectError(folder.resolve("errors").toFile())
                        .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(folder.resolve("errors"))).isZero();
        return Files.readString(output);
    }
}
