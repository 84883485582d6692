package dev.virtq.machine.sim.network;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A whole IPv4 datagram.
 *
 * @param source the address it is from
 * @param destination the address it is for
 * @param protocol what it carries
 * @param handling what the header says beside that
 * @param body what it carries, from the buffer's position to its limit
 */
record Ipv4Datagram(int source, int destination, int protocol, Handling handling, ByteBuffer body) {
    /**
     * What a datagram asks of those who carry it.
     *
     * @param typeOfService the second byte of the header
     * @param dontFragment whether it must stay whole
     * @param timeToLive how many routers it may still pass
     */
    record Handling(int typeOfService, boolean dontFragment, int timeToLive) {}

    static final int ICMP = 1;
    static final int UDP = 17;

    private static final int HEADER = 20;
    private static final int DONT_FRAGMENT = 0x4000;

    /** Reads a datagram; null when it is broken, or a fragment. */
    static @Nullable Ipv4Datagram read(ByteBuffer in) {
        if (in.remaining() < HEADER) {
            return null;
        }
        ByteBuffer packet = in.slice();
        int first = packet.get(0) & 0xff;
        int headerLength = (first & 15) << 2;
        int totalLength = packet.getShort(2) & 0xffff;
        if (first >> 4 != 4
                || headerLength < HEADER
                || headerLength > totalLength
                || totalLength > packet.limit()) {
            return null;
        }
        ByteBuffer header = packet.slice(0, headerLength);
        if (new OnesComplementSum().bytes(header).complement() != 0) {
            return null;
        }
        boolean fragment = (packet.getShort(6) & 0x3fff) != 0;
        boolean alive = packet.get(8) != 0;
        if (fragment || !alive) {
            return null;
        }
        return new Ipv4Datagram(
                packet.getInt(12),
                packet.getInt(16),
                packet.get(9) & 0xff,
                new Handling(
                        packet.get(1) & 0xff,
                        (packet.getShort(6) & DONT_FRAGMENT) != 0,
                        packet.get(8) & 0xff),
                packet.slice(headerLength, totalLength - headerLength));
    }

    /** The bytes of this datagram, header first. */
    ByteBuffer bytes(int identification) {
        ByteBuffer out = ByteBuffer.allocate(HEADER + body.remaining());
        out.put((byte) 0x45).put((byte) handling.typeOfService).putShort((short) out.capacity());
        out.putShort((short) identification);
        out.putShort((short) (handling.dontFragment ? DONT_FRAGMENT : 0));
        out.put((byte) handling.timeToLive).put((byte) protocol).putShort((short) 0);
        out.putInt(source).putInt(destination);
        int checksum = new OnesComplementSum().bytes(out.slice(0, HEADER)).complement();
        out.putShort(10, (short) checksum);
        return out.put(body.duplicate()).flip();
    }
}
