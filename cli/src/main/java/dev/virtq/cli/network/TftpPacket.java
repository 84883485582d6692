package dev.virtq.cli.network;

import dev.virtq.cli.console.PrintableText;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** A TFTP packet (RFC 1350, with the option extension of RFC 2347). */
sealed interface TftpPacket {
    int READ_REQUEST = 1;
    int DATA = 3;
    int ACKNOWLEDGMENT = 4;
    int ERROR = 5;
    int OPTION_ACKNOWLEDGMENT = 6;

    int DATA_HEADER_LENGTH = 4;

    /**
     * A block of the file.
     *
     * @param block the low 16 bits of its number, from 1
     * @param payload its bytes; a view
     */
    record Data(int block, MemorySegment payload) implements TftpPacket {}

    /**
     * The end of the transfer.
     *
     * @param code why, RFC 1350 appendix
     * @param message why in words, safe to show
     */
    record Failure(int code, String message) implements TftpPacket {}

    /**
     * The options that the server agrees to.
     *
     * @param values by name in lower case
     */
    record Agreement(Map<String, String> values) implements TftpPacket {}

    /** Reads what a server can send. */
    static TftpPacket parse(MemorySegment packet) {
        long size = packet.byteSize();
        if (size < 4) {
            throw new MalformedPacketException(
                    "TFTP packet of %d bytes (expected: at least 4)".formatted(size));
        }
        int operation = NetworkOrder.u16(packet, 0);
        return switch (operation) {
            case DATA -> new Data(NetworkOrder.u16(packet, 2), packet.asSlice(DATA_HEADER_LENGTH));
            case ERROR -> new Failure(NetworkOrder.u16(packet, 2), errorText(packet.asSlice(4)));
            case OPTION_ACKNOWLEDGMENT -> new Agreement(options(packet.asSlice(2)));
            default ->
                    throw new MalformedPacketException(
                            "TFTP operation %d from a server (expected: 3, 5 or 6)"
                                    .formatted(operation));
        };
    }

    /** A request to read a file, byte by byte as it is. */
    static MemorySegment readRequest(String path, Map<String, String> options) {
        StringBuilder text = new StringBuilder(path).append("\0octet\0");
        options.forEach((name, value) -> text.append(name).append('\0').append(value).append('\0'));
        return packet(READ_REQUEST, text.toString().getBytes(StandardCharsets.UTF_8));
    }

    static MemorySegment acknowledgment(int block) {
        return packet(ACKNOWLEDGMENT, new byte[] {(byte) (block >>> 8), (byte) block});
    }

    static MemorySegment failure(int code, String message) {
        byte[] text = ("\0" + (char) code + message + "\0").getBytes(StandardCharsets.US_ASCII);
        return packet(ERROR, text);
    }

    private static MemorySegment packet(int operation, byte[] rest) {
        MemorySegment packet = MemorySegment.ofArray(new byte[2 + rest.length]);
        NetworkOrder.putU16(packet, 0, operation);
        packet.asSlice(2).copyFrom(MemorySegment.ofArray(rest));
        return packet;
    }

    /** The text up to its null, or up to the end: servers exist that forget the null. */
    private static String errorText(MemorySegment bytes) {
        long end = indexOfNull(bytes, 0);
        return PrintableText.of(end < 0 ? bytes : bytes.asSlice(0, end));
    }

    private static Map<String, String> options(MemorySegment bytes) {
        Map<String, String> options = new LinkedHashMap<>();
        long offset = 0;
        while (offset < bytes.byteSize()) {
            long nameEnd = indexOfNull(bytes, offset);
            long valueEnd = nameEnd < 0 ? -1 : indexOfNull(bytes, nameEnd + 1);
            if (valueEnd < 0) {
                throw new MalformedPacketException(
                        "TFTP option at byte %d is not ended by a null".formatted(2 + offset));
            }
            String name = PrintableText.of(bytes.asSlice(offset, nameEnd - offset));
            String value = PrintableText.of(bytes.asSlice(nameEnd + 1, valueEnd - nameEnd - 1));
            if (options.putIfAbsent(name.toLowerCase(Locale.ROOT), value) != null) {
                throw new MalformedPacketException("TFTP option %s comes twice".formatted(name));
            }
            offset = valueEnd + 1;
        }
        return options;
    }

    private static long indexOfNull(MemorySegment bytes, long from) {
        for (long i = from; i < bytes.byteSize(); i++) {
            if (bytes.get(ValueLayout.JAVA_BYTE, i) == 0) {
                return i;
            }
        }
        return -1;
    }
}
