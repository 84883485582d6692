package dev.virtq.cli.network;

import dev.virtq.cli.console.PrintableText;
import dev.virtq.drivers.net.MacAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * A DHCP message (RFC 2131 section 2).
 *
 * @param operation {@link #BOOT_REQUEST} or {@link #BOOT_REPLY}
 * @param transactionId chosen by the client, and echoed by the server
 * @param seconds since the client began
 * @param yourAddress the address that the client gets
 * @param nextServer where the boot file is
 * @param clientMac the Ethernet address of the client
 * @param bootFile the boot file's name from the header; null when it is empty
 * @param options everything else, those in overloaded header fields included
 */
record DhcpMessage(
        int operation,
        int transactionId,
        int seconds,
        Ipv4Address yourAddress,
        Ipv4Address nextServer,
        MacAddress clientMac,
        @Nullable String bootFile,
        DhcpOptions options) {
    static final int SERVER_PORT = 67;
    static final int CLIENT_PORT = 68;

    static final int BOOT_REQUEST = 1;
    static final int BOOT_REPLY = 2;

    static final int DISCOVER = 1;
    static final int OFFER = 2;
    static final int REQUEST = 3;
    static final int ACK = 5;
    static final int NAK = 6;

    /**
     * The length of what we send: 312 bytes of options, the cookie among them, which is what every
     * server must accept. Older servers, that of QEMU among them, ignore anything shorter.
     */
    static final int LENGTH = 548;

    private static final int SERVER_NAME = 44;
    private static final int SERVER_NAME_LENGTH = 64;
    private static final int FILE = 108;
    private static final int FILE_LENGTH = 128;
    private static final int COOKIE = 236;
    private static final int OPTIONS = 240;
    private static final long MAGIC_COOKIE = 0x63825363L;
    private static final int ETHERNET = 0x0106;
    private static final int BROADCAST_FLAG = 0x8000;

    static DhcpMessage parse(MemorySegment message) {
        long size = message.byteSize();
        if (size < OPTIONS) {
            throw new MalformedPacketException(
                    "DHCP message of %d bytes (expected: at least %d)".formatted(size, OPTIONS));
        }
        int hardware = NetworkOrder.u16(message, 1);
        if (hardware != ETHERNET) {
            throw new MalformedPacketException(
                    "DHCP hardware type and address length %04xh (expected: 0106h)"
                            .formatted(hardware));
        }
        long cookie = NetworkOrder.u32(message, COOKIE);
        if (cookie != MAGIC_COOKIE) {
            throw new MalformedPacketException(
                    "DHCP magic cookie %08xh (expected: 63825363h)".formatted(cookie));
        }
        MemorySegment file = message.asSlice(FILE, FILE_LENGTH);
        DhcpOptions options = new DhcpOptions();
        options.parse(message.asSlice(OPTIONS));
        // Section 4.1: options may go on in the file field (1), the server name (2), or both (3).
        int overload = options.u8(DhcpOptions.OVERLOAD, 0);
        boolean fileHoldsOptions = (overload & 1) != 0;
        if (fileHoldsOptions) {
            options.parse(file);
        }
        if ((overload & 2) != 0) {
            options.parse(message.asSlice(SERVER_NAME, SERVER_NAME_LENGTH));
        }
        return new DhcpMessage(
                NetworkOrder.u8(message, 0),
                (int) NetworkOrder.u32(message, 4),
                NetworkOrder.u16(message, 8),
                Ipv4Address.read(message, 16),
                Ipv4Address.read(message, 20),
                NetworkOrder.mac(message, 28),
                fileHoldsOptions ? null : text(file),
                options);
    }

    /** A message to a server. */
    static DhcpMessage toServer(
            int transactionId, int seconds, MacAddress clientMac, DhcpOptions options) {
        return new DhcpMessage(
                BOOT_REQUEST,
                transactionId,
                seconds,
                Ipv4Address.ANY,
                Ipv4Address.ANY,
                clientMac,
                null,
                options);
    }

    /** Writes a message to a server. It asks for a broadcast answer, since we have no address. */
    void write(MemorySegment message) {
        message.fill((byte) 0);
        NetworkOrder.putU8(message, 0, operation);
        NetworkOrder.putU16(message, 1, ETHERNET);
        NetworkOrder.putU32(message, 4, transactionId);
        NetworkOrder.putU16(message, 8, seconds);
        NetworkOrder.putU16(message, 10, BROADCAST_FLAG);
        NetworkOrder.putMac(message, 28, clientMac);
        NetworkOrder.putU32(message, COOKIE, MAGIC_COOKIE);
        options.write(message.asSlice(OPTIONS));
    }

    int type() {
        return options.u8(DhcpOptions.MESSAGE_TYPE, 0);
    }

    private static @Nullable String text(MemorySegment field) {
        long length = 0;
        while (length < field.byteSize() && field.get(ValueLayout.JAVA_BYTE, length) != 0) {
            length++;
        }
        return length == 0 ? null : PrintableText.of(field.asSlice(0, length));
    }
}
