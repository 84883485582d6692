package dev.virtq.machine.sim.network;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A UDP message and where it goes.
 *
 * @param source the address it is from
 * @param sourcePort the port it is from
 * @param destination the address it is for
 * @param destinationPort the port it is for
 * @param body what it carries, from the buffer's position to its limit
 */
record UdpMessage(
        int source, int sourcePort, int destination, int destinationPort, ByteBuffer body) {
    private static final int HEADER = 8;

    // QEMU's user network asks for a low delay.
    private static final Ipv4Datagram.Handling HANDLING =
            new Ipv4Datagram.Handling(0x10, false, 64);

    /** Reads a message; null when it is broken. */
    static @Nullable UdpMessage read(Ipv4Datagram datagram) {
        ByteBuffer in = datagram.body().slice();
        if (in.limit() < HEADER) {
            return null;
        }
        int length = in.getShort(4) & 0xffff;
        if (length < HEADER || length > in.limit()) {
            return null;
        }
        in.limit(length);
        boolean hasChecksum = in.getShort(6) != 0;
        if (hasChecksum && sum(datagram.source(), datagram.destination(), in) != 0) {
            return null;
        }
        return new UdpMessage(
                datagram.source(),
                in.getShort(0) & 0xffff,
                datagram.destination(),
                in.getShort(2) & 0xffff,
                in.slice(HEADER, length - HEADER));
    }

    Ipv4Datagram datagram() {
        ByteBuffer out = ByteBuffer.allocate(HEADER + body.remaining());
        out.putShort((short) sourcePort).putShort((short) destinationPort);
        out.putShort((short) out.capacity()).putShort((short) 0);
        out.put(body.duplicate()).flip();
        int checksum = sum(source, destination, out);
        out.putShort(6, (short) (checksum == 0 ? -1 : checksum));
        return new Ipv4Datagram(source, destination, Ipv4Datagram.UDP, HANDLING, out);
    }

    private static int sum(int source, int destination, ByteBuffer message) {
        return new OnesComplementSum()
                .address(source)
                .address(destination)
                .word(Ipv4Datagram.UDP)
                .word(message.remaining())
                .bytes(message)
                .complement();
    }
}
