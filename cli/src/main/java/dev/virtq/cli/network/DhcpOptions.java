package dev.virtq.cli.network;

import dev.virtq.cli.console.PrintableText;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The options of a DHCP message (RFC 2132), by code. The parts of an option that comes more than
 * once are joined, as RFC 3396 asks.
 */
final class DhcpOptions {
    static final int SUBNET_MASK = 1;
    static final int ROUTER = 3;
    static final int NAME_SERVER = 6;
    static final int REQUESTED_ADDRESS = 50;
    static final int LEASE_TIME = 51;
    static final int OVERLOAD = 52;
    static final int MESSAGE_TYPE = 53;
    static final int SERVER_IDENTIFIER = 54;
    static final int PARAMETER_REQUEST_LIST = 55;
    static final int MESSAGE = 56;
    static final int TFTP_SERVER_NAME = 66;
    static final int BOOT_FILE = 67;

    private static final int PAD = 0;
    private static final int END = 255;

    private final Map<Integer, byte[]> values = new LinkedHashMap<>();

    /** Adds the options of one field. Nothing after the end option is looked at. */
    void parse(MemorySegment field) {
        long size = field.byteSize();
        long offset = 0;
        while (offset < size) {
            int code = NetworkOrder.u8(field, offset++);
            if (code == PAD) {
                continue;
            }
            if (code == END) {
                return;
            }
            int length = offset < size ? NetworkOrder.u8(field, offset++) : 0;
            if (offset + length > size) {
                throw new MalformedPacketException(
                        "DHCP option %d of %d bytes with %d left"
                                .formatted(code, length, size - offset));
            }
            add(code, field.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
            offset += length;
        }
    }

    DhcpOptions add(int code, byte... value) {
        byte[] before = values.get(code);
        if (before == null) {
            values.put(code, value);
        } else {
            ByteArrayOutputStream joined = new ByteArrayOutputStream();
            joined.writeBytes(before);
            joined.writeBytes(value);
            values.put(code, joined.toByteArray());
        }
        return this;
    }

    DhcpOptions add(int code, Ipv4Address address) {
        return add(code, ByteBuffer.allocate(4).putInt(address.value()).array());
    }

    /** Writes all options and the end, and fills the rest with padding. */
    void write(MemorySegment field) {
        long offset = 0;
        for (Map.Entry<Integer, byte[]> option : values.entrySet()) {
            byte[] value = option.getValue();
            NetworkOrder.putU8(field, offset, option.getKey());
            NetworkOrder.putU8(field, offset + 1, value.length);
            field.asSlice(offset + 2, value.length).copyFrom(MemorySegment.ofArray(value));
            offset += 2 + value.length;
        }
        NetworkOrder.putU8(field, offset, END);
        field.asSlice(offset + 1).fill((byte) PAD);
    }

    int u8(int code, int otherwise) {
        byte[] value = values.get(code);
        return value == null ? otherwise : expect(code, 1).get(0) & 0xff;
    }

    @Nullable Long u32(int code) {
        return values.containsKey(code)
                ? (Long) Integer.toUnsignedLong(expect(code, 4).getInt(0))
                : null;
    }

    @Nullable Ipv4Address address(int code) {
        return values.containsKey(code) ? new Ipv4Address(expect(code, 4).getInt(0)) : null;
    }

    /** All addresses of a list option; empty when the option is missing. */
    List<Ipv4Address> addresses(int code) {
        byte[] value = values.get(code);
        if (value == null) {
            return List.of();
        }
        if (value.length == 0 || value.length % 4 != 0) {
            throw new MalformedPacketException(
                    "DHCP option %d of %d bytes (expected: a list of 4-byte addresses)"
                            .formatted(code, value.length));
        }
        ByteBuffer bytes = ByteBuffer.wrap(value);
        List<Ipv4Address> addresses = new ArrayList<>();
        while (bytes.hasRemaining()) {
            addresses.add(new Ipv4Address(bytes.getInt()));
        }
        return addresses;
    }

    @Nullable String text(int code) {
        byte[] value = values.get(code);
        return value == null ? null : PrintableText.of(trimmed(value));
    }

    /** RFC 2132 section 2: senders should not end text with a null, receivers must bear it. */
    private static byte[] trimmed(byte[] value) {
        int length = value.length;
        while (length > 0 && value[length - 1] == 0) {
            length--;
        }
        return Arrays.copyOf(value, length);
    }

    private ByteBuffer expect(int code, int length) {
        byte[] value = values.getOrDefault(code, new byte[0]);
        if (value.length != length) {
            throw new MalformedPacketException(
                    "DHCP option %d of %d bytes (expected: %d)"
                            .formatted(code, value.length, length));
        }
        return ByteBuffer.wrap(value);
    }
}
