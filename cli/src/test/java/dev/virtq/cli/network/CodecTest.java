package dev.virtq.cli.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.cli.console.PrintableText;
import dev.virtq.drivers.net.MacAddress;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The codecs against bytes that were not made by them. */
class CodecTest {
    private static final MacAddress GUEST = MacAddress.parse("52:54:00:12:34:56");
    private static final Ipv4Address GUEST_IP = Ipv4Address.parse("10.0.2.15");
    private static final Ipv4Address GATEWAY_IP = Ipv4Address.parse("10.0.2.2");

    // A request as Linux sends it in QEMU, and the answer of QEMU's user network.
    private static final String ARP_REQUEST =
            "0001 0800 06 04 0001 525400123456 0a00020f 000000000000 0a000202";
    private static final String ARP_REPLY =
            "0001 0800 06 04 0002 52550a000202 0a000202 525400123456 0a00020f";

    // The header that many texts on the checksum use: 192.168.0.1 to 192.168.0.199, UDP.
    private static final String IPV4_HEADER = "4500 0073 0000 4000 4011 b861 c0a80001 c0a800c7";

    @Test
    void anArpRequestIsWrittenAsLinuxDoes() {
        MemorySegment packet = MemorySegment.ofArray(new byte[ArpPacket.LENGTH]);
        new ArpPacket(ArpPacket.REQUEST, GUEST, GUEST_IP, ArpPacket.UNKNOWN, GATEWAY_IP)
                .write(packet);

        assertThat(Hex.text(packet)).isEqualTo(ARP_REQUEST.replace(" ", ""));
    }

    @Test
    void anArpReplyIsReadWithItsPadding() {
        ArpPacket packet = ArpPacket.parse(Hex.bytes(ARP_REPLY + "00".repeat(18)));

        assertThat(packet.operation()).isEqualTo(ArpPacket.REPLY);
        assertThat(packet.senderMac()).hasToString("52:55:0a:00:02:02");
        assertThat(packet.senderAddress()).isEqualTo(GATEWAY_IP);
        assertThat(packet.targetMac()).isEqualTo(GUEST);
        assertThat(packet.targetAddress()).isEqualTo(GUEST_IP);
    }

    @Test
    void arpForOtherThingsThanIpv4OnEthernetIsRefused() {
        refused(() -> ArpPacket.parse(Hex.bytes(ARP_REPLY.substring(0, 60))), "ARP packet of");
        refused(() -> ArpPacket.parse(Hex.bytes("0006" + ARP_REPLY.substring(4))), "hardware 6");
        refused(
                () -> ArpPacket.parse(Hex.bytes(ARP_REPLY.replace("06 04 0002", "06 04 0009"))),
                "ARP operation 9");
        refused(
                () -> ArpPacket.parse(Hex.bytes(ARP_REPLY.replace("06 04 0002", "08 04 0002"))),
                "address lengths 0804h");
    }

    @Test
    void anIpv4PacketIsCutToItsTotalLength() {
        Ipv4Packet packet = Ipv4Packet.parse(Hex.bytes(IPV4_HEADER + "ab".repeat(200)));

        assertThat(packet.source()).hasToString("192.168.0.1");
        assertThat(packet.destination()).hasToString("192.168.0.199");
        assertThat(packet.protocol()).isEqualTo(Ipv4Packet.PROTOCOL_UDP);
        assertThat(packet.timeToLive()).isEqualTo(64);
        assertThat(packet.payload().byteSize()).isEqualTo(0x73 - 20);
    }

    @Test
    void anIpv4HeaderIsWrittenWithItsChecksum() {
        MemorySegment packet = MemorySegment.ofArray(new byte[0x73]);
        Ipv4Packet.writeHeader(
                packet,
                0,
                Ipv4Packet.PROTOCOL_UDP,
                Ipv4Address.of(192, 168, 0, 1),
                Ipv4Address.of(192, 168, 0, 199));

        assertThat(Hex.text(packet.asSlice(0, 20))).isEqualTo(IPV4_HEADER.replace(" ", ""));
    }

    @Test
    void ipv4OptionsAreSkipped() {
        MemorySegment packet = Hex.bytes(IPV4_HEADER + "01010100" + "ab".repeat(0x73 - 24));
        NetworkOrder.putU8(packet, 0, 0x46);
        fixIpv4Checksum(packet, 24);

        assertThat(Ipv4Packet.parse(packet).payload().byteSize()).isEqualTo(0x73 - 24);
    }

    @Test
    void brokenIpv4HeadersAreRefused() {
        String body = "ab".repeat(0x73 - 20);
        refused(() -> Ipv4Packet.parse(Hex.bytes(IPV4_HEADER.substring(0, 20))), "IPv4 packet of");
        refused(
                () -> Ipv4Packet.parse(Hex.bytes(IPV4_HEADER.replace("b861", "b862") + body)),
                "header checksum b862h");
        refused(
                () -> Ipv4Packet.parse(Hex.bytes("65" + IPV4_HEADER.substring(2) + body)),
                "IP version 6");
        refused(
                () -> Ipv4Packet.parse(Hex.bytes("44" + IPV4_HEADER.substring(2) + body)),
                "header length 16");
        refused(
                () -> Ipv4Packet.parse(Hex.bytes(IPV4_HEADER + body.substring(2))),
                "total length 115 in 114 bytes");
        refused(
                () -> Ipv4Packet.parse(Hex.bytes("4f00 0014" + IPV4_HEADER.substring(9) + body)),
                "header length 60 and total length 20");
    }

    @Test
    void fragmentsAreRefusedWithAdvice() {
        for (int fragment : new int[] {0x2000, 0x0001, 0x20b9}) {
            MemorySegment packet = Hex.bytes(IPV4_HEADER + "ab".repeat(0x73 - 20));
            NetworkOrder.putU16(packet, 6, fragment);
            fixIpv4Checksum(packet, 20);

            refused(() -> Ipv4Packet.parse(packet), "fragments are not reassembled");
        }
    }

    @Test
    void anEchoRequestIsWrittenWithItsChecksum() {
        // The alphabet that Windows sends: identifier 1, sequence 0x51, checksum 4d0a.
        MemorySegment message = Hex.bytes("00".repeat(8) + alphabet());
        IcmpMessage.writeEchoHeader(message, 1, 0x51);

        assertThat(Hex.text(message)).isEqualTo("08004d0a00010051" + alphabet());
    }

    @Test
    void anEchoReplyIsRead() {
        IcmpMessage reply = IcmpMessage.parse(Hex.bytes("0000 550a 0001 0051" + alphabet()));

        assertThat(reply.isEchoReplyTo(1)).isTrue();
        assertThat(reply.isEchoReplyTo(2)).isFalse();
        assertThat(reply.sequence()).isEqualTo(0x51);
        assertThat(reply.payload().byteSize()).isEqualTo(32);
        refused(
                () -> IcmpMessage.parse(Hex.bytes("0000 550b 0001 0051" + alphabet())),
                "ICMP checksum 550bh");
        refused(() -> IcmpMessage.parse(Hex.bytes("0000ffff0000")), "ICMP message of 6 bytes");
    }

    @Test
    void aUdpDatagramIsWrittenWithTheChecksumOfItsPseudoHeader() {
        // 153.18.8.105:1087 to 171.2.14.10:13 "TESTING" (Forouzan): 8 + 7 bytes, odd.
        MemorySegment datagram = Hex.bytes("00".repeat(8) + "54455354494e47");
        Ipv4Address source = Ipv4Address.of(153, 18, 8, 105);
        Ipv4Address destination = Ipv4Address.of(171, 2, 14, 10);
        UdpDatagram.writeHeader(datagram, source, 1087, destination, 13);

        assertThat(Hex.text(datagram)).isEqualTo("043f000d000f6914" + "54455354494e47");
        UdpDatagram parsed =
                UdpDatagram.parse(new Ipv4Packet(source, destination, 17, 64, datagram));
        assertThat(parsed.sourcePort()).isEqualTo(1087);
        assertThat(parsed.destinationPort()).isEqualTo(13);
        assertThat(parsed.payload().byteSize()).isEqualTo(7);
    }

    @Test
    void aUdpChecksumThatComesOutAsZeroIsSentAsAllOnes() {
        // The word that makes the sum of everything else ffff.
        MemorySegment datagram = Hex.bytes("00".repeat(10));
        UdpDatagram.writeHeader(datagram, GUEST_IP, 1000, GATEWAY_IP, 69);
        NetworkOrder.putU16(datagram, 8, NetworkOrder.u16(datagram, 6));
        UdpDatagram.writeHeader(datagram, GUEST_IP, 1000, GATEWAY_IP, 69);

        assertThat(NetworkOrder.u16(datagram, 6)).isEqualTo(0xffff);
        assertThat(UdpDatagram.parse(udp(datagram)).payload().byteSize()).isEqualTo(2);
    }

    @Test
    void aUdpDatagramMayComeWithoutAChecksum() {
        MemorySegment datagram = Hex.bytes("0045 c000 000a 0000 beef");

        assertThat(UdpDatagram.parse(udp(datagram)).sourcePort()).isEqualTo(69);
    }

    @Test
    void brokenUdpDatagramsAreRefused() {
        refused(() -> UdpDatagram.parse(udp(Hex.bytes("0045 c000 0008"))), "UDP datagram of 6");
        refused(() -> UdpDatagram.parse(udp(Hex.bytes("0045c00000070000"))), "UDP length 7");
        refused(() -> UdpDatagram.parse(udp(Hex.bytes("0045c00000090000"))), "UDP length 9");
        refused(() -> UdpDatagram.parse(udp(Hex.bytes("0045c00000081234"))), "checksum 1234h");
    }

    @Test
    void aTftpReadRequestListsItsOptions() {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("blksize", "1428");
        options.put("tsize", "0");

        // The example of RFC 2348, with tsize as RFC 2349 has it.
        assertThat(Hex.text(TftpPacket.readRequest("foobar", options)))
                .isEqualTo("0001" + ascii("foobar|octet|blksize|1428|tsize|0|"));
        assertThat(Hex.text(TftpPacket.acknowledgment(0xabcd))).isEqualTo("0004abcd");
        assertThat(Hex.text(TftpPacket.failure(5, "no"))).isEqualTo("00050005" + ascii("no|"));
    }

    @Test
    void tftpAnswersAreRead() {
        assertThat(TftpPacket.parse(Hex.bytes("0006" + ascii("BlkSize|512|tsize|9|"))))
                .isEqualTo(new TftpPacket.Agreement(Map.of("blksize", "512", "tsize", "9")));
        assertThat(TftpPacket.parse(Hex.bytes("0005 0001" + ascii("File not found|"))))
                .isEqualTo(new TftpPacket.Failure(1, "File not found"));
        assertThat(TftpPacket.parse(Hex.bytes("0005 0001" + ascii("no null"))))
                .isEqualTo(new TftpPacket.Failure(1, "no null"));
        assertThat(TftpPacket.parse(Hex.bytes("0003 ffff abcdef")))
                .isInstanceOfSatisfying(
                        TftpPacket.Data.class,
                        data -> {
                            assertThat(data.block()).isEqualTo(0xffff);
                            assertThat(Hex.text(data.payload())).isEqualTo("abcdef");
                        });
    }

    @Test
    void brokenTftpAnswersAreRefused() {
        refused(() -> TftpPacket.parse(Hex.bytes("000300")), "TFTP packet of 3");
        refused(() -> TftpPacket.parse(Hex.bytes("00010001")), "TFTP operation 1");
        refused(() -> TftpPacket.parse(Hex.bytes("0006" + ascii("blksize|512"))), "null");
        refused(() -> TftpPacket.parse(Hex.bytes("0006" + ascii("blksize|"))), "null");
        refused(
                () -> TftpPacket.parse(Hex.bytes("0006" + ascii("a|1|A|2|"))),
                "TFTP option A comes twice");
    }

    @Test
    void textFromAPeerCannotReachTheTerminalsControls() {
        assertThat(PrintableText.of("\033[2Jevil\u202e\n".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("\\u{1b}[2Jevil\\u{202e}\\u{a}");
        assertThat(PrintableText.of("grüße".getBytes(StandardCharsets.UTF_8))).isEqualTo("grüße");
    }

    @Test
    void addressesAreReadAndWrittenAsPeopleDo() {
        assertThat(MacAddress.parse("52:54:00:AB:cd:EF")).hasToString("52:54:00:ab:cd:ef");
        assertThat(Ipv4Address.parse("255.0.10.1")).hasToString("255.0.10.1");
        for (String bad :
                new String[] {"", "10.0.2", "10.0.2.256", "10.0.2.02", "a.b.c.d", "1.2.3.4."}) {
            assertThatThrownBy(() -> Ipv4Address.parse(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("\"%s\" is no IPv4 address".formatted(bad));
        }
        assertThatThrownBy(() -> MacAddress.parse("52:54:00:12:34"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("MAC address '52:54:00:12:34'");
    }

    private static Ipv4Packet udp(MemorySegment datagram) {
        return new Ipv4Packet(GUEST_IP, GATEWAY_IP, Ipv4Packet.PROTOCOL_UDP, 64, datagram);
    }

    private static void fixIpv4Checksum(MemorySegment packet, int headerLength) {
        NetworkOrder.putU16(packet, 10, 0);
        NetworkOrder.putU16(packet, 10, InternetChecksum.of(packet.asSlice(0, headerLength)));
    }

    private static void refused(ThrowingCallable parse, String reason) {
        assertThatThrownBy(parse)
                .isInstanceOf(MalformedPacketException.class)
                .hasMessageContaining(reason);
    }

    private static String alphabet() {
        return ascii("abcdefghijklmnopqrstuvwabcdefghi");
    }

    /** The bytes of a text in which a bar stands for a null. */
    private static String ascii(String text) {
        byte[] bytes = text.replace('|', '\0').getBytes(StandardCharsets.US_ASCII);
        return Hex.text(MemorySegment.ofArray(bytes));
    }
}
