package dev.virtq.cli.network;

import dev.virtq.drivers.net.MacAddress;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The gateway 10.0.2.2 of a test, whose every answer the test decides on. */
final class Peer {
    static final Ipv4Address ADDRESS = Ipv4Address.of(10, 0, 2, 2);
    static final Ipv4Address GUEST = Ipv4Address.of(10, 0, 2, 15);
    static final MacAddress MAC = MacAddress.parse("52:55:0a:00:02:02");

    private Peer() {}

    /** What to do with a UDP datagram or an ICMP message that was sent. */
    interface Script {
        void accept(Ipv4Packet packet, ScriptedPort port);
    }

    /** A port whose far side answers ARP, and leaves the rest to a script. */
    static ScriptedPort port(Script script) {
        return port(1500, script);
    }

    static ScriptedPort port(int mtu, Script script) {
        ScriptedPort[] port = new ScriptedPort[1];
        port[0] =
                new ScriptedPort(
                        mtu,
                        bytes -> {
                            EthernetFrame frame = EthernetFrame.parse(bytes);
                            if (frame.type() == EthernetFrame.TYPE_ARP) {
                                arp(ArpPacket.parse(frame.payload()), port[0]);
                            } else {
                                script.accept(Ipv4Packet.parse(frame.payload()), port[0]);
                            }
                        });
        return port[0];
    }

    static NetworkHost host(ScriptedPort port) {
        return new NetworkHost(port, Ipv4Settings.QEMU_USER_NETWORK, port.clock, new Random(3));
    }

    static MemorySegment arpReply(Ipv4Address sender, MacAddress mac) {
        MemorySegment frame = MemorySegment.ofArray(new byte[42]);
        EthernetFrame.writeHeader(frame, ScriptedPort.MAC, mac, EthernetFrame.TYPE_ARP);
        new ArpPacket(ArpPacket.REPLY, mac, sender, ScriptedPort.MAC, GUEST)
                .write(frame.asSlice(14));
        return frame;
    }

    static MemorySegment ipv4(Ipv4Address from, int protocol, MemorySegment payload) {
        return ipv4(from, GUEST, protocol, payload);
    }

    static MemorySegment ipv4(
            Ipv4Address from, Ipv4Address to, int protocol, MemorySegment payload) {
        MemorySegment frame = MemorySegment.ofArray(new byte[34 + (int) payload.byteSize()]);
        EthernetFrame.writeHeader(frame, ScriptedPort.MAC, MAC, EthernetFrame.TYPE_IPV4);
        frame.asSlice(34).copyFrom(payload);
        Ipv4Packet.writeHeader(frame.asSlice(14), 1, protocol, from, to);
        return frame;
    }

    static MemorySegment udp(int fromPort, int toPort, MemorySegment payload) {
        return udp(ADDRESS, fromPort, toPort, payload);
    }

    static MemorySegment udp(Ipv4Address from, int fromPort, int toPort, MemorySegment payload) {
        MemorySegment datagram = MemorySegment.ofArray(new byte[8 + (int) payload.byteSize()]);
        datagram.asSlice(8).copyFrom(payload);
        UdpDatagram.writeHeader(datagram, from, fromPort, GUEST, toPort);
        return ipv4(from, Ipv4Packet.PROTOCOL_UDP, datagram);
    }

    /** An ICMP message whose checksum is made right. */
    static MemorySegment icmp(Ipv4Address from, int type, int code, MemorySegment rest) {
        MemorySegment message = MemorySegment.ofArray(new byte[4 + (int) rest.byteSize()]);
        NetworkOrder.putU8(message, 0, type);
        NetworkOrder.putU8(message, 1, code);
        message.asSlice(4).copyFrom(rest);
        NetworkOrder.putU16(message, 2, InternetChecksum.of(message));
        return ipv4(from, Ipv4Packet.PROTOCOL_ICMP, message);
    }

    /**
     * Answers each echo request with what a function makes of its identifier, sequence and data.
     */
    static Script echo(Function<MemorySegment, @Nullable MemorySegment> reply) {
        return (packet, port) -> {
            MemorySegment rest = reply.apply(ScriptedPort.copy(packet.payload().asSlice(4)));
            if (rest != null) {
                port.deliver(icmp(packet.destination(), IcmpMessage.ECHO_REPLY, 0, rest));
            }
        };
    }

    private static void arp(ArpPacket packet, ScriptedPort port) {
        if (packet.operation() == ArpPacket.REQUEST && packet.targetAddress().equals(ADDRESS)) {
            port.deliver(arpReply(ADDRESS, MAC));
        }
    }
}
