package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.drivers.net.MacAddress;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DhcpClientTest {
    private static final int FILE = 108;
    private static final int SERVER_NAME = 44;

    private final List<Integer> asked = new ArrayList<>();

    @Test
    void theDiscoverIsWhatRfc2131Asks() throws Exception {
        ScriptedPort port = server((_, _) -> null);
        assertThatThrownBy(() -> obtain(port)).isInstanceOf(NoAnswerException.class);

        MemorySegment frame = port.sent.getFirst();
        EthernetFrame ethernet = EthernetFrame.parse(frame);
        assertThat(ethernet.destination()).isEqualTo(MacAddress.BROADCAST);
        Ipv4Packet packet = Ipv4Packet.parse(ethernet.payload());
        assertThat(packet.source()).isEqualTo(Ipv4Address.ANY);
        assertThat(packet.destination()).isEqualTo(Ipv4Address.BROADCAST);
        UdpDatagram datagram = UdpDatagram.parse(packet);
        assertThat(datagram.sourcePort()).isEqualTo(68);
        assertThat(datagram.destinationPort()).isEqualTo(67);
        assertThat(datagram.payload().byteSize()).isEqualTo(548);
        String text = Hex.text(datagram.payload());
        assertThat(text).startsWith("01010600").contains("0000" + "8000" + "00".repeat(16));
        assertThat(text.substring(56)).startsWith("525400123456" + "00".repeat(10));
        assertThat(text.substring(472))
                .isEqualTo("63825363" + "350101" + "370501030642" + "43" + "ff" + "00".repeat(297));
    }

    @Test
    void nobodyAnswersWithinTheTimeout() {
        ScriptedPort port = server((_, _) -> null);
        long begin = port.clock.nanoTime();

        assertThatThrownBy(() -> obtain(port))
                .isInstanceOf(NoAnswerException.class)
                .hasMessage("no DHCP server answered DISCOVER within 10 s");
        assertThat(port.clock.nanoTime() - begin).isEqualTo(10_000_000_000L);
        assertThat(asked).as("at 0, 1, 3 and 7 seconds").containsExactly(1, 1, 1, 1);
    }

    @Test
    void aRefusalIsQuotedWithoutItsControlCharacters() {
        ScriptedPort port =
                server((type, request) ->
                        type == DhcpMessage.DISCOVER
                                ? reply(request, DhcpMessage.OFFER, "")
                                : reply(request, DhcpMessage.NAK, "38 09" + ascii("too \033[1m!")));

        assertThatThrownBy(() -> obtain(port))
                .isInstanceOf(NetworkException.class)
                .hasMessage(
                        "DHCP server 10.0.2.2 refused 10.0.2.15, which it had offered:"
                                + " too \\u{1b}[1m!");
    }

    @Test
    void anOfferForSomebodyElseIsNotTaken() {
        ScriptedPort otherTransaction =
                server((_, request) -> {
                    MemorySegment offer = reply(request, DhcpMessage.OFFER, "");
                    NetworkOrder.putU8(offer, 7, NetworkOrder.u8(offer, 7) ^ 1);
                    return offer;
                });
        ScriptedPort otherClient =
                server((_, request) -> {
                    MemorySegment offer = reply(request, DhcpMessage.OFFER, "");
                    NetworkOrder.putU8(offer, 33, 0x57);
                    return offer;
                });
        for (ScriptedPort port : List.of(otherTransaction, otherClient)) {
            assertThatThrownBy(() -> obtain(port))
                    .isInstanceOf(NoAnswerException.class)
                    .hasMessageContaining("DISCOVER");
        }
    }

    @Test
    void anOfferWithoutAServerOrAnAddressIsNotTaken() {
        ScriptedPort noServer = server((_, request) -> message(request, Peer.GUEST, "3501 02 ff"));
        ScriptedPort noAddress =
                server((_, request) ->
                        message(request, Ipv4Address.ANY, "3501 02 3604 0a000202 ff"));
        for (ScriptedPort port : List.of(noServer, noAddress)) {
            assertThatThrownBy(() -> obtain(port)).isInstanceOf(NoAnswerException.class);
        }
    }

    @Test
    void optionsThatEndTooLateAreMentioned() {
        ScriptedPort port = server((_, request) -> message(request, Peer.GUEST, "3501 02 3640 0a"));

        assertThatThrownBy(() -> obtain(port))
                .isInstanceOf(NoAnswerException.class)
                .hasMessageContaining("4 malformed packets were dropped")
                .hasMessageEndingWith("DHCP option 54 of 64 bytes with 1 left");
    }

    @Test
    void optionsGoOnInTheHeaderWhenTheyOverloadIt() throws Exception {
        ScriptedPort port =
                honest(
                        "3401 03",
                        ack -> {
                            ack.asSlice(FILE, 8).copyFrom(Hex.bytes("0304 0a000209 ff 99"));
                            ack.asSlice(SERVER_NAME, 8).copyFrom(Hex.bytes("0604 0a000207 00 ff"));
                        });

        DhcpLease lease = obtain(port);

        assertThat(lease.router()).hasToString("10.0.2.9");
        assertThat(lease.nameServers()).containsExactly(Ipv4Address.of(10, 0, 2, 7));
        assertThat(lease.bootFile()).as("the field held options, and no name").isNull();
    }

    @Test
    void listsAndPartsOfOptionsAreJoined() throws Exception {
        DhcpLease lease =
                obtain(
                        honest(
                                "0608 0a000203 0a000204 0604 0a000205"
                                        + "4303"
                                        + ascii("abc")
                                        + "4304"
                                        + ascii("def")
                                        + "00",
                                _ -> {}));

        assertThat(lease.nameServers())
                .containsExactly(
                        Ipv4Address.of(10, 0, 2, 3),
                        Ipv4Address.of(10, 0, 2, 4),
                        Ipv4Address.of(10, 0, 2, 5));
        assertThat(lease.bootFile()).isEqualTo("abcdef");
        assertThat(lease.router()).isNull();
        assertThat(lease.prefixLength()).isEqualTo(24);
    }

    @Test
    void aLeaseThatMakesNoSenseIsRefused() {
        assertThatThrownBy(() -> obtain(honest("0104 ff00ff00", _ -> {})))
                .isInstanceOf(NetworkException.class)
                .hasMessage(
                        "DHCP server 10.0.2.2 sent the subnet mask 255.0.255.0 (expected: ones,"
                                + " then zeros)");
        assertThatThrownBy(() -> obtain(honest("0605 0a00020304", _ -> {})))
                .hasMessageContaining("DHCP option 6 of 5 bytes");
        ScriptedPort noTime =
                server((type, request) ->
                        message(
                                request,
                                Peer.GUEST,
                                type == 1 ? "350102 3604 0a000202 ff" : "350105 3604 0a000202 ff"));
        assertThatThrownBy(() -> obtain(noTime))
                .hasMessage(
                        "DHCP server 10.0.2.2 granted 10.0.2.15 without a lease time (option 51)");
    }

    private interface Change {
        void apply(MemorySegment ack);
    }

    private ScriptedPort honest(String options, Change change) {
        return server((type, request) -> {
            MemorySegment reply =
                    reply(
                            request,
                            type == DhcpMessage.DISCOVER ? DhcpMessage.OFFER : DhcpMessage.ACK,
                            type == DhcpMessage.DISCOVER ? "" : options);
            if (type == DhcpMessage.REQUEST) {
                change.apply(reply);
            }
            return reply;
        });
    }

    private ScriptedPort server(
            BiFunction<Integer, MemorySegment, @Nullable MemorySegment> answer) {
        return Peer.port((packet, port) -> {
            MemorySegment request = UdpDatagram.parse(packet).payload();
            int type = NetworkOrder.u8(request, 242);
            asked.add(type);
            MemorySegment reply = answer.apply(type, request);
            if (reply != null) {
                port.deliver(Peer.udp(67, 68, reply));
            }
        });
    }

    private static MemorySegment reply(MemorySegment request, int type, String options) {
        String common = "3501%02x 3604 0a000202 3304 00000e10".formatted(type);
        return message(request, Peer.GUEST, common + options + "ff");
    }

    private static MemorySegment message(
            MemorySegment request, Ipv4Address address, String options) {
        MemorySegment tail = Hex.bytes(options);
        MemorySegment reply = MemorySegment.ofArray(new byte[240 + (int) tail.byteSize()]);
        reply.asSlice(0, 240).copyFrom(request.asSlice(0, 240));
        NetworkOrder.putU8(reply, 0, 2);
        address.write(reply, 16);
        reply.asSlice(240).copyFrom(tail);
        return reply;
    }

    private static DhcpLease obtain(ScriptedPort port) throws InterruptedException {
        NetworkHost host =
                new NetworkHost(port, Ipv4Settings.UNCONFIGURED, port.clock, new Random(5));
        return new DhcpClient(host).obtain(Duration.ofSeconds(10));
    }

    private static String ascii(String text) {
        return Hex.text(MemorySegment.ofArray(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
