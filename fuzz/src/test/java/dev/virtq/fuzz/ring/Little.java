package dev.virtq.fuzz.ring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Little-endian numbers in memory, aligned or not, by byte offsets: no layout class of virtq's. */
final class Little {
    private static final ValueLayout.OfShort LE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LE64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Little() {}

    static int u16(MemorySegment memory, long offset) {
        return memory.get(LE16, offset) & 0xffff;
    }

    static long u32(MemorySegment memory, long offset) {
        return memory.get(LE32, offset) & 0xffff_ffffL;
    }

    static long u64(MemorySegment memory, long offset) {
        return memory.get(LE64, offset);
    }

    static void put16(MemorySegment memory, long offset, int value) {
        memory.set(LE16, offset, (short) value);
    }

    static void put32(MemorySegment memory, long offset, int value) {
        memory.set(LE32, offset, value);
    }

    static void put64(MemorySegment memory, long offset, long value) {
        memory.set(LE64, offset, value);
    }
}
