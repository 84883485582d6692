package dev.virtq.cli.network;

import dev.virtq.drivers.net.MacAddress;
import java.lang.foreign.MemorySegment;

/**
 * An ARP packet (RFC 826) that maps IPv4 addresses to Ethernet addresses.
 *
 * @param operation {@link #REQUEST} or {@link #REPLY}
 * @param senderMac the Ethernet address of the sender
 * @param senderAddress the IPv4 address of the sender
 * @param targetMac the Ethernet address of the target, zero in a request
 * @param targetAddress the IPv4 address that is asked for, or that of the asker
 */
record ArpPacket(
        int operation,
        MacAddress senderMac,
        Ipv4Address senderAddress,
        MacAddress targetMac,
        Ipv4Address targetAddress)
        implements Inbound {
    static final int LENGTH = 28;

    /** What a request has in place of the address that it asks for. */
    static final MacAddress UNKNOWN = new MacAddress(0);

    static final int REQUEST = 1;
    static final int REPLY = 2;

    private static final int HARDWARE_ETHERNET = 1;
    private static final int ADDRESS_LENGTHS = 0x0604;

    static ArpPacket parse(MemorySegment packet) {
        long size = packet.byteSize();
        if (size < LENGTH) {
            throw new MalformedPacketException(
                    "ARP packet of %d bytes (expected: at least %d)".formatted(size, LENGTH));
        }
        int hardware = NetworkOrder.u16(packet, 0);
        int protocol = NetworkOrder.u16(packet, 2);
        int lengths = NetworkOrder.u16(packet, 4);
        if (hardware != HARDWARE_ETHERNET
                || protocol != EthernetFrame.TYPE_IPV4
                || lengths != ADDRESS_LENGTHS) {
            throw new MalformedPacketException(
                    "ARP packet for hardware %d, protocol %04xh, address lengths %04xh"
                                    .formatted(hardware, protocol, lengths)
                            + " (expected: 1, 0800h, 0604h)");
        }
        int operation = NetworkOrder.u16(packet, 6);
        if (operation != REQUEST && operation != REPLY) {
            throw new MalformedPacketException(
                    "ARP operation %d (expected: 1, request, or 2, reply)".formatted(operation));
        }
        return new ArpPacket(
                operation,
                NetworkOrder.mac(packet, 8),
                Ipv4Address.read(packet, 14),
                NetworkOrder.mac(packet, 18),
                Ipv4Address.read(packet, 24));
    }

    void write(MemorySegment packet) {
        NetworkOrder.putU16(packet, 0, HARDWARE_ETHERNET);
        NetworkOrder.putU16(packet, 2, EthernetFrame.TYPE_IPV4);
        NetworkOrder.putU16(packet, 4, ADDRESS_LENGTHS);
        NetworkOrder.putU16(packet, 6, operation);
        NetworkOrder.putMac(packet, 8, senderMac);
        senderAddress.write(packet, 14);
        NetworkOrder.putMac(packet, 18, targetMac);
        targetAddress.write(packet, 24);
    }
}
