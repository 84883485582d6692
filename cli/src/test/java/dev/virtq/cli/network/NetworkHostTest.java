package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.drivers.net.MacAddress;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class NetworkHostTest {
    private static final String ASK_FOR_US =
            "ffffffffffff 52550a000202 0806 0001 0800 06 04 0001"
                    + "52550a000202 0a000202 000000000000 0a00020f";

    private final ScriptedPort port = Peer.port((_, _) -> {});
    private final NetworkHost host = Peer.host(port);

    @Test
    void whoAsksForOurAddressIsAnswered() throws Exception {
        port.deliver(Hex.bytes(ASK_FOR_US));

        assertThat(receive()).isInstanceOf(ArpPacket.class);
        assertThat(port.sent).hasSize(1);
        assertThat(Hex.text(port.sent.getFirst()))
                .isEqualTo(
                        ("52550a000202 525400123456 0806 0001 0800 06 04 0002"
                                        + "525400123456 0a00020f 52550a000202 0a000202")
                                .replace(" ", ""));
        assertThat(host.knownMac(Peer.ADDRESS)).isEqualTo(Peer.MAC);
    }

    @Test
    void whoAsksForAnotherAddressIsNotAnswered() throws Exception {
        port.deliver(Hex.bytes(ASK_FOR_US.replace("0a00020f", "0a000210")));

        assertThat(receive()).isNull();
        assertThat(port.sent).isEmpty();
        assertThat(host.knownMac(Peer.ADDRESS)).isNull();
    }

    @Test
    void aHostWithoutAnAddressAnswersNobodyByArp() throws Exception {
        NetworkHost bare =
                new NetworkHost(port, Ipv4Settings.UNCONFIGURED, port.clock, new Random(1));
        port.deliver(Hex.bytes(ASK_FOR_US.replace("0a00020f", "00000000")));

        assertThat(bare.receive(port.clock.nanoTime() + 1_000_000)).isNull();
        assertThat(port.sent).isEmpty();
    }

    @Test
    void framesAndPacketsForOthersAreLeftAlone() throws Exception {
        MemorySegment otherMac = Peer.udp(1, 2, Hex.bytes("00"));
        NetworkOrder.putU8(otherMac, 5, 0x57);
        port.deliver(otherMac);
        port.deliver(Peer.ipv4(Peer.ADDRESS, Ipv4Address.of(10, 0, 2, 16), 17, Hex.bytes("00")));
        port.deliver(Hex.bytes("525400123456 52550a000202 86dd 6000"));

        assertThat(receive()).isNull();
        assertThat(host.droppedPackets()).as("none of them was malformed").isZero();
    }

    @Test
    void broadcastsAreForUs() throws Exception {
        port.deliver(Peer.ipv4(Peer.ADDRESS, Ipv4Address.BROADCAST, 99, Hex.bytes("00")));
        port.deliver(Peer.ipv4(Peer.ADDRESS, Ipv4Address.of(10, 0, 2, 255), 99, Hex.bytes("00")));

        assertThat(receive()).isInstanceOf(Ipv4Packet.class);
        assertThat(receive()).isInstanceOf(Ipv4Packet.class);
    }

    @Test
    void aFloodCannotKeepAClientWaitingForEver() throws Exception {
        for (int i = 0; i < 1000; i++) {
            port.deliver(Hex.bytes("525400123456 52550a000202 86dd 6000"));
        }
        assertThat(host.receive(port.clock.nanoTime() + 100 * ScriptedPort.LATENCY.toNanos()))
                .isNull();
        assertThat(port.incoming).hasSize(900);
    }

    @Test
    void malformedPacketsAreCountedAndQuotedWhenNothingElseComes() {
        MemorySegment broken = Peer.arpReply(Ipv4Address.of(10, 0, 2, 9), Peer.MAC);
        NetworkOrder.putU16(broken, 20, 9);
        ScriptedPort[] liar = new ScriptedPort[1];
        liar[0] = new ScriptedPort(_ -> liar[0].deliver(broken));
        NetworkHost asker = Peer.host(liar[0]);

        assertThatThrownBy(
                        () -> new ArpClient(asker).ask(ArpRequest.to(Ipv4Address.of(10, 0, 2, 9))))
                .isInstanceOf(NoAnswerException.class)
                .hasMessage(
                        "nobody answered ARP for 10.0.2.9 (asked 3 times, waited 1 s each); 3"
                                + " malformed packets were dropped, the last: ARP operation 9"
                                + " (expected: 1, request, or 2, reply)");
    }

    @Test
    void anAnswerThatNamesAGroupOfStationsIsNoAnswer() {
        for (String mac :
                new String[] {"ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "00:00:00:00:00:00"}) {
            ScriptedPort[] liar = new ScriptedPort[1];
            liar[0] =
                    new ScriptedPort(_ ->
                            liar[0].deliver(Peer.arpReply(Peer.ADDRESS, MacAddress.parse(mac))));
            assertThatThrownBy(() ->
                            new ArpClient(Peer.host(liar[0])).ask(ArpRequest.to(Peer.ADDRESS)))
                    .isInstanceOf(NoAnswerException.class);
        }
    }

    @Test
    void addressesAreForgottenAfterAMinute() throws Exception {
        port.deliver(Hex.bytes(ASK_FOR_US));
        receive();
        port.clock.advance(ArpCache.LIFETIME.minusNanos(1));
        assertThat(host.knownMac(Peer.ADDRESS)).isEqualTo(Peer.MAC);
        port.clock.advance(Duration.ofNanos(1));
        assertThat(host.knownMac(Peer.ADDRESS)).isNull();
    }

    @Test
    void theCacheStaysSmallWhoeverClaimsAddresses() throws Exception {
        for (int i = 1; i <= 1000; i++) {
            port.deliver(Peer.arpReply(new Ipv4Address(0x0a010000 + i), Peer.MAC));
            receive();
        }
        assertThat(host.knownMac(new Ipv4Address(0x0a010000 + 1000 - ArpCache.CAPACITY))).isNull();
        assertThat(host.knownMac(new Ipv4Address(0x0a010001 + 1000 - ArpCache.CAPACITY)))
                .isEqualTo(Peer.MAC);
    }

    @Test
    void packetsForOtherNetworksGoToTheGateway() throws Exception {
        host.sendUdp(1, Ipv4Address.of(192, 0, 2, 1), 2, Hex.bytes("00"));

        EthernetFrame frame = EthernetFrame.parse(port.sent.getLast());
        assertThat(frame.destination()).isEqualTo(Peer.MAC);
        assertThat(Ipv4Packet.parse(frame.payload()).destination()).hasToString("192.0.2.1");
    }

    @Test
    void withoutAGatewayThereIsNoWayOut() {
        NetworkHost island =
                new NetworkHost(
                        port,
                        new Ipv4Settings(Peer.GUEST, 24, null, List.of()),
                        port.clock,
                        new Random(1));

        assertThatThrownBy(
                        () -> island.sendUdp(1, Ipv4Address.of(192, 0, 2, 1), 2, Hex.bytes("00")))
                .isInstanceOf(NetworkException.class)
                .hasMessage(
                        "no route to 192.0.2.1: it is outside 10.0.2.15/24 and no gateway is set");
    }

    @Test
    void whatDoesNotFitAFrameIsNotSent() {
        assertThatThrownBy(() ->
                        host.sendUdp(1, Peer.ADDRESS, 2, MemorySegment.ofArray(new byte[1473])))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("1481 bytes does not fit the MTU of 1500");
        assertThatThrownBy(() -> Peer.host(Peer.port(67, (_, _) -> {})))
                .isInstanceOf(NetworkException.class)
                .hasMessageContaining("an MTU of 67 bytes");
    }

    private @Nullable Inbound receive() throws InterruptedException {
        return host.receive(port.clock.nanoTime() + 1_000_000);
    }
}
