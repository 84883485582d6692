package dev.virtq.cli.network;

import java.lang.foreign.MemorySegment;

/**
 * An IPv4 packet (RFC 791) that is whole: options are skipped, fragments are refused.
 *
 * @param source who sent it
 * @param destination who it is for
 * @param protocol what the payload is: 1 ICMP, 17 UDP
 * @param timeToLive how many routers it could still have passed
 * @param payload what follows the header, without the padding of the frame; a view
 */
record Ipv4Packet(
        Ipv4Address source,
        Ipv4Address destination,
        int protocol,
        int timeToLive,
        MemorySegment payload)
        implements Inbound {
    static final int HEADER_LENGTH = 20;
    static final int PROTOCOL_ICMP = 1;
    static final int PROTOCOL_UDP = 17;

    private static final int DONT_FRAGMENT = 0x4000;
    private static final int MORE_FRAGMENTS_AND_OFFSET = 0x3fff;
    private static final int OUR_TIME_TO_LIVE = 64;

    static Ipv4Packet parse(MemorySegment packet) {
        long size = packet.byteSize();
        if (size < HEADER_LENGTH) {
            throw new MalformedPacketException(
                    "IPv4 packet of %d bytes (expected: at least %d)"
                            .formatted(size, HEADER_LENGTH));
        }
        int versionAndLength = NetworkOrder.u8(packet, 0);
        int headerLength = (versionAndLength & 0xf) * 4;
        if (versionAndLength >>> 4 != 4) {
            throw new MalformedPacketException(
                    "IP version %d in an IPv4 frame (expected: 4)"
                            .formatted(versionAndLength >>> 4));
        }
        int totalLength = NetworkOrder.u16(packet, 2);
        if (headerLength < HEADER_LENGTH || totalLength < headerLength || totalLength > size) {
            throw new MalformedPacketException(
                    "IPv4 header length %d and total length %d in %d bytes (expected: 20 <= header"
                                    .formatted(headerLength, totalLength, size)
                            + " <= total <= bytes)");
        }
        if (InternetChecksum.of(packet.asSlice(0, headerLength)) != 0) {
            throw new MalformedPacketException(
                    "IPv4 header checksum %04xh is wrong".formatted(NetworkOrder.u16(packet, 10)));
        }
        Ipv4Address source = Ipv4Address.read(packet, 12);
        if ((NetworkOrder.u16(packet, 6) & MORE_FRAGMENTS_AND_OFFSET) != 0) {
            throw new MalformedPacketException(
                    "IPv4 fragment from %s: fragments are not reassembled, ask for less at once"
                            .formatted(source));
        }
        return new Ipv4Packet(
                source,
                Ipv4Address.read(packet, 16),
                NetworkOrder.u8(packet, 9),
                NetworkOrder.u8(packet, 8),
                packet.asSlice(headerLength, totalLength - headerLength));
    }

    /**
     * Writes the header of a packet that fills {@code packet} and may not be fragmented.
     *
     * @param identification a number that this sender did not use lately
     */
    static void writeHeader(
            MemorySegment packet,
            int identification,
            int protocol,
            Ipv4Address source,
            Ipv4Address destination) {
        NetworkOrder.putU16(packet, 0, 0x4500);
        NetworkOrder.putU16(packet, 2, Math.toIntExact(packet.byteSize()));
        NetworkOrder.putU16(packet, 4, identification);
        NetworkOrder.putU16(packet, 6, DONT_FRAGMENT);
        NetworkOrder.putU8(packet, 8, OUR_TIME_TO_LIVE);
        NetworkOrder.putU8(packet, 9, protocol);
        NetworkOrder.putU16(packet, 10, 0);
        source.write(packet, 12);
        destination.write(packet, 16);
        NetworkOrder.putU16(packet, 10, InternetChecksum.of(packet.asSlice(0, HEADER_LENGTH)));
    }
}
