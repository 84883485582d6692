package dev.virtq.cli.network;

import java.lang.foreign.MemorySegment;

/**
 * A UDP datagram (RFC 768) whose checksum, if it has one, is right.
 *
 * @param sourcePort the sender's port
 * @param destinationPort the receiver's port
 * @param payload the bytes it carries; a view
 */
record UdpDatagram(int sourcePort, int destinationPort, MemorySegment payload) {
    static final int HEADER_LENGTH = 8;

    static UdpDatagram parse(Ipv4Packet packet) {
        MemorySegment bytes = packet.payload();
        long size = bytes.byteSize();
        if (size < HEADER_LENGTH) {
            throw new MalformedPacketException(
                    "UDP datagram of %d bytes (expected: at least %d)"
                            .formatted(size, HEADER_LENGTH));
        }
        int length = NetworkOrder.u16(bytes, 4);
        if (length < HEADER_LENGTH || length > size) {
            throw new MalformedPacketException(
                    "UDP length %d in %d bytes (expected: 8..%d)".formatted(length, size, size));
        }
        MemorySegment datagram = bytes.asSlice(0, length);
        int checksum = NetworkOrder.u16(datagram, 6);
        // A sender may leave the checksum out, and says so with a zero.
        if (checksum != 0 && checksum(datagram, packet.source(), packet.destination()) != 0) {
            throw new MalformedPacketException("UDP checksum %04xh is wrong".formatted(checksum));
        }
        return new UdpDatagram(
                NetworkOrder.u16(datagram, 0),
                NetworkOrder.u16(datagram, 2),
                datagram.asSlice(HEADER_LENGTH));
    }

    /** Writes the header of a datagram that fills its segment and has its payload in place. */
    static void writeHeader(
            MemorySegment datagram,
            Ipv4Address source,
            int sourcePort,
            Ipv4Address destination,
            int destinationPort) {
        NetworkOrder.putU16(datagram, 0, sourcePort);
        NetworkOrder.putU16(datagram, 2, destinationPort);
        NetworkOrder.putU16(datagram, 4, Math.toIntExact(datagram.byteSize()));
        NetworkOrder.putU16(datagram, 6, 0);
        int checksum = checksum(datagram, source, destination);
        // Zero would say "no checksum"; FFFFh is the same number in one's complement.
        NetworkOrder.putU16(datagram, 6, checksum == 0 ? 0xffff : checksum);
    }

    /** The checksum over the pseudo header (addresses, protocol, length) and the datagram. */
    private static int checksum(
            MemorySegment datagram, Ipv4Address source, Ipv4Address destination) {
        long pseudoHeader =
                Integer.toUnsignedLong(source.value())
                        + Integer.toUnsignedLong(destination.value())
                        + Ipv4Packet.PROTOCOL_UDP
                        + datagram.byteSize();
        return InternetChecksum.finish(InternetChecksum.add(pseudoHeader, datagram));
    }
}
