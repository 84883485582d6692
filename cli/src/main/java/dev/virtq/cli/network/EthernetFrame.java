package dev.virtq.cli.network;

import dev.virtq.drivers.net.MacAddress;
import java.lang.foreign.MemorySegment;

/**
 * An Ethernet II frame (RFC 894): two addresses, a type, and what the type says.
 *
 * @param destination who the frame is for
 * @param source who sent it
 * @param type the EtherType, or a length when it is below 600h
 * @param payload what follows the header, padding included; a view of the frame
 */
record EthernetFrame(MacAddress destination, MacAddress source, int type, MemorySegment payload) {
    static final int HEADER_LENGTH = 14;
    static final int TYPE_IPV4 = 0x0800;
    static final int TYPE_ARP = 0x0806;

    static EthernetFrame parse(MemorySegment frame) {
        long size = frame.byteSize();
        if (size < HEADER_LENGTH) {
            throw new MalformedPacketException(
                    "Ethernet frame of %d bytes (expected: at least %d)"
                            .formatted(size, HEADER_LENGTH));
        }
        return new EthernetFrame(
                NetworkOrder.mac(frame, 0),
                NetworkOrder.mac(frame, 6),
                NetworkOrder.u16(frame, 12),
                frame.asSlice(HEADER_LENGTH));
    }

    static void writeHeader(
            MemorySegment frame, MacAddress destination, MacAddress source, int type) {
        NetworkOrder.putMac(frame, 0, destination);
        NetworkOrder.putMac(frame, 6, source);
        NetworkOrder.putU16(frame, 12, type);
    }
}
