package dev.virtq.drivers.net;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.memory.StructCodec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What precedes each frame in memory: {@code struct virtio_net_hdr} as it is without hash reports,
 * tunnels and IPsec (virtio 1.4, section 5.1.9). Twelve bytes, little-endian, {@code num_buffers}
 * included, since VERSION_1 is always accepted.
 *
 * @param flags what is special about the checksum, 8 bits
 * @param gsoType what is to be segmented, 8 bits; 0 for nothing
 * @param headerLength a hint at the length of the headers ({@code hdr_len}), 16 bits
 * @param gsoSize the size of a segment, 16 bits
 * @param checksumStart where the checksum starts, 16 bits
 * @param checksumOffset where the checksum goes, from there, 16 bits
 * @param bufferCount over how many buffers a received frame is spread ({@code num_buffers}), 16
 *     bits
 */
public record NetHeader(
        int flags,
        int gsoType,
        int headerLength,
        int gsoSize,
        int checksumStart,
        int checksumOffset,
        int bufferCount) {
    /** How many bytes the header has. */
    public static final int SIZE = 12;

    /** What precedes a frame that is sent: fully checksummed, not to be segmented (5.1.9.2.1). */
    public static final NetHeader PLAIN = new NetHeader(0, 0, 0, 0, 0, 0, 0);

    /** How the header lies in memory. */
    public static final StructCodec<NetHeader> CODEC = new Codec();

    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int NUM_BUFFERS = 10;

    private static final int GSO_NONE = 0;
    private static final int GSO_TCPV4 = 1;
    private static final int GSO_UDP = 3;
    private static final int GSO_TCPV6 = 4;
    private static final int GSO_UDP_L4 = 5;
    private static final int GSO_TUNNEL = 0x60;

    /**
     * {@return the first 8 bytes of a header, in one read}
     *
     * @param buffer starts with the header
     */
    static long start(MemorySegment buffer) {
        return buffer.get(LONG, 0);
    }

    /**
     * {@return the last 4 bytes of a header, in one read}
     *
     * @param buffer starts with the header
     */
    static int end(MemorySegment buffer) {
        return buffer.get(INT, 8);
    }

    /**
     * Checks the header of a received frame, where no offload and no merging of buffers was
     * accepted.
     *
     * @param buffer starts with the header
     * @throws DeviceFaultException when the header says what was not negotiated
     */
    static void checkReceivedPlain(MemorySegment buffer) {
        checkReceived(start(buffer), end(buffer), false);
    }

    /**
     * Checks the header of a received frame, where no offload was accepted. The memory is the
     * device's until a moment ago, and a device that breaks the rules still writes to it: so the
     * header comes as two numbers that were read once.
     *
     * @param first what {@link #start} gave
     * @param last what {@link #end} gave
     * @param mergeable whether a frame may be spread over several buffers
     * @return over how many it is spread, as the device says
     * @throws DeviceFaultException when the header says what was not negotiated
     */
    static int checkReceived(long first, int last, boolean mergeable) {
        int bufferCount = last >>> 16;
        if ((first & 0xffff) != 0 || (bufferCount != 1 && !mergeable)) {
            throw fault((int) first & 0xff, (int) (first >>> 8) & 0xff, bufferCount);
        }
        return bufferCount;
    }

    /**
     * Says that a frame will lie in one buffer, before the device says it: QEMU before 10.0 leaves
     * the field as it finds it where MRG_RXBUF was not accepted, against 5.1.9.4.1#1.
     *
     * @param buffer starts with the header; not yet with the device
     */
    static void expectOneBuffer(MemorySegment buffer) {
        buffer.set(SHORT, NUM_BUFFERS, (short) 1);
    }

    private static DeviceFaultException fault(int flags, int gsoType, int bufferCount) {
        String evidence =
                "received header: flags 0x%02x, gso_type 0x%02x, num_buffers %d"
                        .formatted(flags, gsoType, bufferCount);
        if (flags != 0) {
            return new DeviceFaultException(
                    "the device set flags that need a feature which was not accepted",
                    "5.1.9.4.1#5",
                    evidence);
        }
        if (gsoType != GSO_NONE) {
            return new DeviceFaultException(
                    "the device passed a packet to be segmented, which was not accepted",
                    clauseAgainst(gsoType),
                    evidence);
        }
        return new DeviceFaultException(
                "the device spread a frame over several buffers, or none, without MRG_RXBUF",
                "5.1.9.4.1#1",
                evidence);
    }

    private static String clauseAgainst(int gsoType) {
        if ((gsoType & GSO_TUNNEL) != 0) {
            return "5.1.9.4.1#10";
        }
        return switch (gsoType) {
            case GSO_TCPV4 -> "5.1.9.4.1#6";
            case GSO_UDP -> "5.1.9.4.1#7";
            case GSO_TCPV6 -> "5.1.9.4.1#8";
            case GSO_UDP_L4 -> "5.1.9.4.1#9";
            default -> "5.1.9.4.1";
        };
    }

    private static final class Codec implements StructCodec<NetHeader> {
        @Override
        public long byteSize() {
            return SIZE;
        }

        @Override
        public void write(NetHeader header, MemorySegment target) {
            target.set(ValueLayout.JAVA_BYTE, 0, (byte) header.flags);
            target.set(ValueLayout.JAVA_BYTE, 1, (byte) header.gsoType);
            target.set(SHORT, 2, (short) header.headerLength);
            target.set(SHORT, 4, (short) header.gsoSize);
            target.set(SHORT, 6, (short) header.checksumStart);
            target.set(SHORT, 8, (short) header.checksumOffset);
            target.set(SHORT, NUM_BUFFERS, (short) header.bufferCount);
        }

        @Override
        public NetHeader read(MemorySegment source) {
            return new NetHeader(
                    source.get(ValueLayout.JAVA_BYTE, 0) & 0xff,
                    source.get(ValueLayout.JAVA_BYTE, 1) & 0xff,
                    source.get(SHORT, 2) & 0xffff,
                    source.get(SHORT, 4) & 0xffff,
                    source.get(SHORT, 6) & 0xffff,
                    source.get(SHORT, 8) & 0xffff,
                    source.get(SHORT, NUM_BUFFERS) & 0xffff);
        }
    }
}
