package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.machine.sim.network.UserNetwork;
import dev.virtq.machine.sim.network.UserNetworkSettings;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sim's network and QEMU's get the same frames, and must give the same answers, byte for byte.
 *
 * <p>Left out is what sim does on purpose in another way: a repeated TFTP acknowledgment, which
 * QEMU answers with the next block.
 */
class UserNetworkFidelityTest {
    private static final Ipv4Address GATEWAY = Ipv4Address.of(10, 0, 2, 2);
    private static final Ipv4Address NAME_SERVER = Ipv4Address.of(10, 0, 2, 3);

    private static final String ARP_REQUEST =
            "ffffffffffff 525400123456 0806 0001 0800 06 04 0001"
                    + "525400123456 0a00020f 000000000000 0a0002";

    /** A question that both answer at once: what comes before its answer is for the one before. */
    private static final MemorySegment SENTINEL =
            Hex.bytes(ARP_REQUEST.replace("0a00020f", "0a000263") + "02");

    private final List<MemorySegment> frames = new ArrayList<>();
    private final ScriptedPort recorder = new ScriptedPort(frames::add);

    @TempDir Path folder;

    @Test
    void simAnswersAsQemuDoes() throws Exception {
        Assumptions.assumeTrue(
                SlirpPort.isInstalled(), SlirpPort.QEMU + " is not on the PATH of this computer");
        Files.writeString(folder.resolve("hello.txt"), "hello, world");
        UserNetwork sim = new UserNetwork(new UserNetworkSettings(folder, "hello.txt"));
        try (SlirpPort qemu = new SlirpPort(folder, ",tftp=" + folder + ",bootfile=hello.txt")) {
            for (MemorySegment question : questions()) {
                assertThat(answers(sim, question))
                        .as("answers to %s", Hex.text(question))
                        .isEqualTo(answers(qemu, question));
            }
        }
    }

    private List<MemorySegment> questions() throws Exception {
        for (int last = 0; last < 256; last++) {
            frames.add(Hex.bytes(ARP_REQUEST + "%02x".formatted(last)));
        }
        frames.add(Hex.bytes(ARP_REQUEST.replace("0a0002", "0a0003") + "02"));
        echoes();
        tftp();
        dhcp();
        return frames;
    }

    private void echoes() throws Exception {
        NetworkHost host = host(Ipv4Settings.QEMU_USER_NETWORK);
        for (int size : new int[] {0, 1, 2, 3, 56, 1471, 1472}) {
            host.sendEchoRequest(GATEWAY, 1, size, MemorySegment.ofArray(new byte[size]));
            host.sendEchoRequest(NAME_SERVER, 1, size, MemorySegment.ofArray(new byte[size]));
        }
        host.sendEchoRequest(GATEWAY, 1, 1, Hex.bytes("0102"));
        MemorySegment echo = frames.getLast();
        for (long i = 0; i < echo.byteSize(); i++) {
            for (int bit = 0; bit < 8; bit++) {
                MemorySegment wrong = ScriptedPort.copy(echo);
                NetworkOrder.putU8(wrong, i, NetworkOrder.u8(wrong, i) ^ 1 << bit);
                frames.add(wrong);
            }
            frames.add(ScriptedPort.copy(echo.asSlice(0, Math.max(14, i))));
        }
    }

    private void tftp() throws Exception {
        NetworkHost host = host(Ipv4Settings.QEMU_USER_NETWORK);
        Map<String, String> options = new LinkedHashMap<>();
        options.put("blksize", "5");
        options.put("tsize", "0");
        options.put("timeout", "1");
        sendTftp(host, 2000, TftpPacket.readRequest("hello.txt", options));
        for (int block = 0; block < 3; block++) {
            sendTftp(host, 2000, TftpPacket.acknowledgment(block));
        }
        int port = 2001;
        for (String path :
                new String[] {
                    "hello.txt",
                    "/hello.txt",
                    "//hello.txt",
                    "absent",
                    "../x",
                    "x/../hello.txt",
                    "x/"
                }) {
            sendTftp(host, port++, TftpPacket.readRequest(path, Map.of()));
        }
        for (String size : new String[] {"1", "1428", "1429", "99999", "0", "-1"}) {
            sendTftp(host, port++, TftpPacket.readRequest("hello.txt", Map.of("blksize", size)));
        }
        sendTftp(host, port++, TftpPacket.readRequest("hello.txt", Map.of("tsize", "77")));
        sendTftp(host, port++, TftpPacket.failure(0, "never mind"));
        sendTftp(host, port++, TftpPacket.acknowledgment(7));
        sendTftp(host, port++, Hex.bytes("0001"));
        sendTftp(host, port++, Hex.bytes("000141004200"));
        sendTftp(host, port++, Hex.bytes("0002" + "6100" + "6f6374657400"));
        sendTftp(host, port++, Hex.bytes("0001" + "6100" + "6e6574617363696900"));
        sendTftp(host, port, Hex.bytes("0009"));
    }

    private void dhcp() throws Exception {
        NetworkHost host = host(Ipv4Settings.UNCONFIGURED);
        sendDhcp(host, new DhcpOptions());
        for (int type = 1; type <= 8; type++) {
            sendDhcp(host, new DhcpOptions().add(DhcpOptions.MESSAGE_TYPE, (byte) type));
        }
        for (int type : new int[] {DhcpMessage.DISCOVER, DhcpMessage.REQUEST}) {
            for (int last : new int[] {1, 15, 14, 30, 31, 20}) {
                sendDhcp(
                        host,
                        new DhcpOptions()
                                .add(DhcpOptions.MESSAGE_TYPE, (byte) type)
                                .add(
                                        DhcpOptions.REQUESTED_ADDRESS,
                                        Ipv4Address.of(10, 0, 2, last)));
            }
        }
    }

    private static void sendTftp(NetworkHost host, int port, MemorySegment packet)
            throws InterruptedException {
        host.sendUdp(port, GATEWAY, TftpClient.SERVER_PORT, packet);
    }

    private static void sendDhcp(NetworkHost host, DhcpOptions options)
            throws InterruptedException {
        MemorySegment message = MemorySegment.ofArray(new byte[DhcpMessage.LENGTH]);
        DhcpMessage.toServer(77, 0, host.mac(), options).write(message);
        host.sendUdp(
                DhcpMessage.CLIENT_PORT, Ipv4Address.BROADCAST, DhcpMessage.SERVER_PORT, message);
    }

    /** A host that only writes questions down, and knows where everybody is. */
    private NetworkHost host(Ipv4Settings settings) throws InterruptedException {
        NetworkHost host = new NetworkHost(recorder, settings, recorder.clock, new Random(1));
        if (settings.address().isUnicast()) {
            for (int last = 2; last <= 3; last++) {
                recorder.deliver(
                        Hex.bytes(
                                ("525400123456 52550a00020%d 0806 0001 0800 06 04 0002"
                                                + "52550a00020%d 0a00020%d 525400123456 0a00020f")
                                        .formatted(last, last, last)));
                host.receive(recorder.clock.nanoTime() + 1);
            }
        }
        return host;
    }

    private static List<String> answers(UserNetwork sim, MemorySegment question) {
        List<String> answers = new ArrayList<>();
        sim.accept(question, frame -> answers.add(normal(frame)));
        return answers;
    }

    private static List<String> answers(SlirpPort qemu, MemorySegment question) {
        qemu.send(question);
        qemu.send(SENTINEL);
        List<String> answers = new ArrayList<>();
        while (true) {
            MemorySegment frame =
                    Objects.requireNonNull(
                            qemu.receive(Duration.ofSeconds(5)),
                            "QEMU does not answer who asks for 10.0.2.2");
            if (NetworkOrder.u16(frame, 12) == EthernetFrame.TYPE_ARP
                    && NetworkOrder.u32(frame, 38) == 0x0a000263L) {
                return answers;
            }
            answers.add(normal(frame));
        }
    }

    /**
     * A frame without what differs for good reasons: the padding for a network card that needs it,
     * and the identification, with the checksum over it.
     */
    private static String normal(MemorySegment frame) {
        if (NetworkOrder.u16(frame, 12) != EthernetFrame.TYPE_IPV4) {
            return Hex.text(frame);
        }
        MemorySegment copy = ScriptedPort.copy(frame.asSlice(0, 14 + NetworkOrder.u16(frame, 16)));
        assertThat(InternetChecksum.of(copy.asSlice(14, 20))).isZero();
        NetworkOrder.putU16(copy, 18, 0);
        NetworkOrder.putU16(copy, 24, 0);
        return Hex.text(copy);
    }
}
