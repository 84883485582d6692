package dev.virtq.cli.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The options at the end of a pcapng block (draft-ietf-opsawg-pcapng, section 3.5): a code, a
 * length, and a value padded to 32 bits, each; then an end. Little-endian, as the whole file is.
 */
final class PcapngOptions {
    private static final int LONGEST_VALUE = 0xffff;

    /** Each is code, length, value and padding. */
    private final List<byte[]> encoded = new ArrayList<>();

    PcapngOptions text(int code, String text) {
        byte[] value = text.getBytes(StandardCharsets.UTF_8);
        if (value.length > LONGEST_VALUE) {
            throw new IllegalArgumentException(
                    "a pcapng option of %d bytes (expected: at most %d)"
                            .formatted(value.length, LONGEST_VALUE));
        }
        return bytes(code, value);
    }

    PcapngOptions bytes(int code, byte... value) {
        ByteBuffer option =
                ByteBuffer.allocate(4 + padded(value.length)).order(ByteOrder.LITTLE_ENDIAN);
        option.putShort((short) code).putShort((short) value.length).put(value);
        encoded.add(option.array());
        return this;
    }

    /** The number of bytes that {@link #write} takes. */
    int length() {
        int length = encoded.isEmpty() ? 0 : 4;
        for (byte[] option : encoded) {
            length += option.length;
        }
        return length;
    }

    void write(ByteBuffer block) {
        encoded.forEach(block::put);
        if (!encoded.isEmpty()) {
            block.putInt(0);
        }
    }

    static int padded(int length) {
        return (length + 3) & ~3;
    }
}
