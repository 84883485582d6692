package dev.virtq.cli.network;

import dev.virtq.drivers.net.MacAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Unsigned scalars and Ethernet addresses in network byte order: big-endian, at any alignment. */
final class NetworkOrder {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private NetworkOrder() {}

    static int u8(MemorySegment segment, long offset) {
        return Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, offset));
    }

    static int u16(MemorySegment segment, long offset) {
        return Short.toUnsignedInt(segment.get(SHORT, offset));
    }

    static long u32(MemorySegment segment, long offset) {
        return Integer.toUnsignedLong(segment.get(INT, offset));
    }

    static MacAddress mac(MemorySegment segment, long offset) {
        return new MacAddress((long) u16(segment, offset) << 32 | u32(segment, offset + 2));
    }

    static void putMac(MemorySegment segment, long offset, MacAddress mac) {
        putU16(segment, offset, (int) (mac.bits() >>> 32));
        putU32(segment, offset + 2, mac.bits());
    }

    static void putU8(MemorySegment segment, long offset, int value) {
        segment.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    static void putU16(MemorySegment segment, long offset, int value) {
        segment.set(SHORT, offset, (short) value);
    }

    static void putU32(MemorySegment segment, long offset, long value) {
        segment.set(INT, offset, (int) value);
    }
}
