package dev.virtq.proof.worlds;

import java.util.Arrays;

/** Writes numbers as bytes, small ones as one byte. */
final class StateWriter {
    private byte[] bytes = new byte[512];
    private int length;

    void clear() {
        length = 0;
    }

    void put(long value) {
        if (length + 10 > bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * bytes.length);
        }
        long rest = value << 1 ^ value >> 63; // small negative numbers are small, too
        while ((rest & ~0x7fL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
    }

    void put(boolean value) {
        put(value ? 1 : 0);
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }
}
