package dev.virtq.machine.sim;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What a {@link SimDevice#source} writes: the number of the chain on its queue, from 0 on, in the
 * first 8 bytes, little-endian; then bytes that follow from that number and their place. A chain
 * with less room gets the beginning.
 */
public final class SourcePattern {
    /** Bytes of the number. */
    public static final int NUMBER_BYTES = 8;

    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private SourcePattern() {}

    /**
     * {@return the byte that belongs to a place}
     *
     * @param number the chain's number
     * @param offset in bytes from the start of the device-writable part
     */
    public static byte at(long number, long offset) {
        return offset < NUMBER_BYTES
                ? (byte) (number >>> (8 * offset))
                : (byte) (number * 31 + offset * 7 + (offset >>> 8));
    }

    /**
     * Writes a pattern.
     *
     * @param number the chain's number
     * @param from the offset of the first byte that is written
     * @param target is filled
     */
    public static void fill(long number, long from, MemorySegment target) {
        for (long i = 0; i < target.byteSize(); i++) {
            target.set(ValueLayout.JAVA_BYTE, i, at(number, from + i));
        }
    }

    /**
     * {@return the number of a received pattern}
     *
     * @param received from the first byte on, 8 bytes at least
     */
    public static long number(MemorySegment received) {
        return received.get(LONG, 0);
    }

    /**
     * Looks for a byte that does not belong there.
     *
     * @param number the chain's number
     * @param received from the first byte on
     * @return the offset of the first wrong byte; -1 when all are right
     */
    public static long firstWrongByte(long number, MemorySegment received) {
        for (long i = 0; i < received.byteSize(); i++) {
            if (received.get(ValueLayout.JAVA_BYTE, i) != at(number, i)) {
                return i;
            }
        }
        return -1;
    }
}
