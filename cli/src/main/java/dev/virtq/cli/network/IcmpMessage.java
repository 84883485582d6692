package dev.virtq.cli.network;

import java.lang.foreign.MemorySegment;

/**
 * An ICMP message (RFC 792) whose checksum is right.
 *
 * @param type what it is: 0 echo reply, 3 unreachable, 8 echo, 11 time exceeded
 * @param code the kind within the type
 * @param identifier which pinger an echo belongs to
 * @param sequence which echo of that pinger it is
 * @param payload the bytes of an echo, or the head of the packet that an error is about; a view
 */
record IcmpMessage(int type, int code, int identifier, int sequence, MemorySegment payload) {
    static final int HEADER_LENGTH = 8;
    static final int ECHO_REPLY = 0;
    static final int UNREACHABLE = 3;
    static final int ECHO = 8;
    static final int TIME_EXCEEDED = 11;

    static IcmpMessage parse(MemorySegment message) {
        long size = message.byteSize();
        if (size < HEADER_LENGTH) {
            throw new MalformedPacketException(
                    "ICMP message of %d bytes (expected: at least %d)"
                            .formatted(size, HEADER_LENGTH));
        }
        if (InternetChecksum.of(message) != 0) {
            throw new MalformedPacketException(
                    "ICMP checksum %04xh is wrong".formatted(NetworkOrder.u16(message, 2)));
        }
        return new IcmpMessage(
                NetworkOrder.u8(message, 0),
                NetworkOrder.u8(message, 1),
                NetworkOrder.u16(message, 4),
                NetworkOrder.u16(message, 6),
                message.asSlice(HEADER_LENGTH));
    }

    /** Writes the header of an echo request whose payload is already in its place. */
    static void writeEchoHeader(MemorySegment message, int identifier, int sequence) {
        NetworkOrder.putU8(message, 0, ECHO);
        NetworkOrder.putU8(message, 1, 0);
        NetworkOrder.putU16(message, 2, 0);
        NetworkOrder.putU16(message, 4, identifier);
        NetworkOrder.putU16(message, 6, sequence);
        NetworkOrder.putU16(message, 2, InternetChecksum.of(message));
    }

    boolean isEchoReplyTo(int pinger) {
        return type == ECHO_REPLY && code == 0 && identifier == pinger;
    }

    /**
     * The sequence number of the echo request of {@code pinger} that this error is about, or -1
     * when it is no error or about something else. An error quotes the IPv4 header and at least 8
     * bytes after it.
     */
    int quotedSequence(int pinger) {
        if ((type != UNREACHABLE && type != TIME_EXCEEDED)
                || payload.byteSize() < Ipv4Packet.HEADER_LENGTH) {
            return -1;
        }
        int headerLength = (NetworkOrder.u8(payload, 0) & 0xf) * 4;
        if (headerLength < Ipv4Packet.HEADER_LENGTH
                || payload.byteSize() < headerLength + HEADER_LENGTH
                || NetworkOrder.u8(payload, 9) != Ipv4Packet.PROTOCOL_ICMP
                || NetworkOrder.u8(payload, headerLength) != ECHO
                || NetworkOrder.u16(payload, headerLength + 4) != pinger) {
            return -1;
        }
        return NetworkOrder.u16(payload, headerLength + 6);
    }

    /** What an error says, in words. */
    String reason() {
        if (type == TIME_EXCEEDED) {
            return "time to live exceeded";
        }
        return switch (code) {
            case 0 -> "network unreachable";
            case 1 -> "host unreachable";
            case 2 -> "protocol unreachable";
            case 3 -> "port unreachable";
            case 4 -> "fragmentation needed";
            case 13 -> "forbidden by a filter";
            default -> "unreachable (code %d)".formatted(code);
        };
    }
}
