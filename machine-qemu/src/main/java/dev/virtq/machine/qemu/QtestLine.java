package dev.virtq.machine.qemu;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Formats one qtest command into a buffer that is used again and again: nothing is allocated. */
final class QtestLine {
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private final ByteBuffer bytes;

    QtestLine(int capacity) {
        bytes = ByteBuffer.allocateDirect(capacity);
    }

    QtestLine start(byte[] verb) {
        bytes.clear().put(verb);
        return this;
    }

    QtestLine hex(long value) {
        bytes.put((byte) ' ').put((byte) '0').put((byte) 'x');
        int shift = Math.max(0, (63 - Long.numberOfLeadingZeros(value)) & ~3);
        for (; shift >= 0; shift -= 4) {
            bytes.put(DIGITS[(int) (value >>> shift) & 15]);
        }
        return this;
    }

    QtestLine word(byte[] ascii) {
        bytes.put((byte) ' ').put(ascii);
        return this;
    }

    /** Two hex digits per byte after {@code 0x}, as {@code write} wants them. */
    QtestLine hexBytes(byte[] data) {
        bytes.put((byte) ' ').put((byte) '0').put((byte) 'x');
        for (byte octet : data) {
            bytes.put(DIGITS[(octet >> 4) & 15]).put(DIGITS[octet & 15]);
        }
        return this;
    }

    ByteBuffer end() {
        return bytes.put((byte) '\n').flip();
    }

    /** The command as text, for an error message. */
    String text() {
        ByteBuffer view = bytes.duplicate();
        if (view.limit() == view.capacity()) {
            view.flip(); // not ended yet
        } else {
            view.rewind();
        }
        int length = Math.min(view.remaining(), 60);
        byte[] copy = new byte[length];
        view.get(copy);
        return new String(copy, StandardCharsets.US_ASCII).strip();
    }
}
