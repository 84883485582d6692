package dev.virtq.cli.network;

import java.lang.foreign.MemorySegment;

/**
 * The checksum of RFC 1071: the one's complement of the one's complement sum of all 16-bit words.
 *
 * <p>Sums are kept unfolded in a {@code long}. Because 2<sup>16</sup> is 1 modulo FFFFh, whole
 * 32-bit words can be added; folding at the end gives the same 16 bits.
 */
final class InternetChecksum {
    private InternetChecksum() {}

    /** The checksum of one run of bytes; 0 when the run holds its own correct checksum. */
    static int of(MemorySegment data) {
        return finish(add(0, data));
    }

    /**
     * Adds a run of bytes to an unfolded sum. An odd last byte counts as if a zero followed, so
     * only the last run of a sum may have an odd length.
     */
    static long add(long sum, MemorySegment data) {
        long size = data.byteSize();
        long total = sum;
        long offset = 0;
        for (; offset + 4 <= size; offset += 4) {
            total += NetworkOrder.u32(data, offset);
        }
        if (offset + 2 <= size) {
            total += NetworkOrder.u16(data, offset);
            offset += 2;
        }
        if (offset < size) {
            total += (long) NetworkOrder.u8(data, offset) << 8;
        }
        return total;
    }

    /** Folds a sum to 16 bits and complements it. */
    static int finish(long sum) {
        long folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return (int) (~folded & 0xffff);
    }
}
