package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.virtq.machine.sim.network.UserNetwork;
import dev.virtq.machine.sim.network.UserNetworkSettings;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Valid frames with random damage. Whatever comes in, codecs throw {@link MalformedPacketException}
 * or nothing, clients a {@link NetworkException} or nothing, and sim's network nothing at all.
 */
class MutationTest {
    /** Change it to look elsewhere; a failure names the seed of its round. */
    private static final long FIRST_SEED = 1;

    private static final int ROUNDS = 10_000;
    private static final int CLIENT_ROUNDS = 500;

    @TempDir Path folder;
    private final List<MemorySegment> toNetwork = new ArrayList<>();
    private final List<MemorySegment> fromNetwork = new ArrayList<>();

    @BeforeEach
    void recordConversations() throws Exception {
        Files.writeString(folder.resolve("file"), "content ".repeat(300));
        SimulatedLink link = link();
        link.losesBack =
                frame -> {
                    fromNetwork.add(ScriptedPort.copy(frame));
                    return false;
                };
        useEverything(link);
        toNetwork.addAll(link.port.sent);
    }

    @Test
    void codecsRefuseDamageInOneWay() {
        List<Consumer<MemorySegment>> codecs =
                List.of(
                        bytes -> EthernetFrame.parse(bytes),
                        bytes -> ArpPacket.parse(bytes),
                        bytes -> Ipv4Packet.parse(bytes),
                        bytes -> IcmpMessage.parse(bytes).quotedSequence(0),
                        bytes -> UdpDatagram.parse(ipv4(bytes)),
                        bytes -> TftpPacket.parse(bytes),
                        MutationTest::readAllOf);
        int[] headerLengths = {0, 14, 14, 34, 34, 42, 42};
        int[] refused = new int[codecs.size()];
        for (long seed = FIRST_SEED; seed < FIRST_SEED + ROUNDS; seed++) {
            Random random = new Random(seed);
            MemorySegment frame = pick(random, random.nextBoolean() ? toNetwork : fromNetwork);
            for (int i = 0; i < codecs.size(); i++) {
                int skip = Math.min(headerLengths[i], (int) frame.byteSize());
                // Damage within the codec's own bytes: the layers before it would catch others.
                MemorySegment damaged = damage(random, frame.asSlice(skip));
                try {
                    codecs.get(i).accept(damaged);
                } catch (MalformedPacketException e) {
                    refused[i]++;
                } catch (RuntimeException | AssertionError e) {
                    fail("seed %d, codec %d: %s".formatted(seed, i, Hex.text(damaged)), e);
                }
            }
        }
        assertThat(refused).as("how often each codec refused").doesNotContain(0, ROUNDS);
    }

    @Test
    void clientsSurviveDamage() {
        int failures = 0;
        for (long seed = FIRST_SEED; seed < FIRST_SEED + CLIENT_ROUNDS; seed++) {
            Random random = new Random(seed);
            SimulatedLink link = link();
            link.losesBack =
                    frame -> {
                        if (random.nextInt(3) > 0) {
                            return false;
                        }
                        link.port.deliver(repaired(random, damage(random, frame)));
                        return true;
                    };
            try {
                useEverything(link);
            } catch (NetworkException e) {
                failures++;
            } catch (Exception | AssertionError e) {
                fail("seed %d".formatted(seed), e);
            }
        }
        assertThat(failures).as("how often a client gave up").isBetween(1, CLIENT_ROUNDS - 1);
    }

    @Test
    void simsNetworkIgnoresDamage() {
        UserNetwork network = new UserNetwork(new UserNetworkSettings(folder, "boot"));
        AtomicInteger answers = new AtomicInteger();
        for (long seed = FIRST_SEED; seed < FIRST_SEED + 3 * ROUNDS; seed++) {
            Random random = new Random(seed);
            MemorySegment frame = damage(random, pick(random, toNetwork));
            MemorySegment sent = random.nextBoolean() ? repaired(random, frame) : frame;
            long thisSeed = seed;
            try {
                network.accept(
                        sent,
                        reply -> {
                            answers.incrementAndGet();
                            if (reply.byteSize() > 14 + 1500) {
                                fail("seed %d: %d bytes".formatted(thisSeed, reply.byteSize()));
                            }
                        });
            } catch (RuntimeException | AssertionError e) {
                fail("seed %d: %s".formatted(seed, Hex.text(sent)), e);
            }
        }
        assertThat(answers.get()).as("how often it answered").isBetween(1, 3 * ROUNDS - 1);
    }

    private SimulatedLink link() {
        return new SimulatedLink(new UserNetworkSettings(folder, "boot"));
    }

    private static void useEverything(SimulatedLink link) throws Exception {
        NetworkHost host = link.host();
        new DhcpClient(link.host(Ipv4Settings.UNCONFIGURED)).obtain(Duration.ofSeconds(3));
        new PingClient(host).run(PingRequest.to(Peer.ADDRESS).withSize(30), _ -> {});
        new TftpClient(host)
                .read(
                        TftpRequest.of(Peer.ADDRESS, "/file").withBlockSize(500),
                        Channels.newChannel(new ByteArrayOutputStream()),
                        TftpProgress.SILENT);
    }

    private static void readAllOf(MemorySegment bytes) {
        DhcpMessage message = DhcpMessage.parse(bytes);
        message.type();
        for (int code = 0; code < 256; code++) {
            try {
                message.options().address(code);
            } catch (MalformedPacketException e) {
                message.options().text(code);
            }
        }
    }

    private static Ipv4Packet ipv4(MemorySegment payload) {
        return new Ipv4Packet(Peer.ADDRESS, Peer.GUEST, 17, 64, payload);
    }

    private static MemorySegment pick(Random random, List<MemorySegment> frames) {
        return frames.get(random.nextInt(frames.size()));
    }

    /** Flips, sets, cuts, or appends; several times, now and then. */
    private static MemorySegment damage(Random random, MemorySegment frame) {
        MemorySegment damaged = ScriptedPort.copy(frame);
        do {
            int size = (int) damaged.byteSize();
            // Headers are at the front: half of the damage goes there.
            int at =
                    size == 0
                            ? 0
                            : random.nextInt(random.nextBoolean() ? Math.min(64, size) : size);
            switch (random.nextInt(size == 0 ? 1 : 5)) {
                case 0 -> {
                    MemorySegment longer =
                            MemorySegment.ofArray(new byte[size + random.nextInt(64)]);
                    longer.asSlice(0, size).copyFrom(damaged);
                    damaged = longer;
                }
                case 1 -> damaged = ScriptedPort.copy(damaged.asSlice(0, at));
                case 2 ->
                        NetworkOrder.putU8(
                                damaged, at, NetworkOrder.u8(damaged, at) ^ 1 << random.nextInt(8));
                default ->
                        NetworkOrder.putU8(
                                damaged, at, random.nextInt(3) == 0 ? 0xff : random.nextInt(256));
            }
        } while (random.nextInt(3) == 0);
        return damaged;
    }

    /** The same with checksums made right where there is room, so that damage gets further in. */
    private static MemorySegment repaired(Random random, MemorySegment frame) {
        if (frame.byteSize() < 42 || NetworkOrder.u16(frame, 12) != EthernetFrame.TYPE_IPV4) {
            return frame;
        }
        int headerLength = Math.max(20, (NetworkOrder.u8(frame, 14) & 15) * 4);
        if (frame.byteSize() < 14 + headerLength + 8) {
            return frame;
        }
        MemorySegment packet = frame.asSlice(14);
        NetworkOrder.putU16(packet, 2, (int) packet.byteSize());
        NetworkOrder.putU16(packet, 10, 0);
        NetworkOrder.putU16(packet, 10, InternetChecksum.of(packet.asSlice(0, headerLength)));
        MemorySegment payload = packet.asSlice(headerLength);
        switch (NetworkOrder.u8(packet, 9)) {
            case Ipv4Packet.PROTOCOL_UDP -> {
                NetworkOrder.putU16(payload, 6, 0);
                if (random.nextBoolean()) {
                    NetworkOrder.putU16(payload, 4, (int) payload.byteSize());
                }
            }
            case Ipv4Packet.PROTOCOL_ICMP -> {
                NetworkOrder.putU16(payload, 2, 0);
                NetworkOrder.putU16(payload, 2, InternetChecksum.of(payload));
            }
            default -> {}
        }
        return frame;
    }
}
