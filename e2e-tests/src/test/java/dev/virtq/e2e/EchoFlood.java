package dev.virtq.e2e;

import dev.virtq.drivers.net.FrameHandler;
import dev.virtq.drivers.net.MacAddress;
import dev.virtq.drivers.net.NetDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.time.Duration;

/**
 * Numbered ICMP echo requests, as many under way as the rings take. Each reply must bear the next
 * number: then nothing was lost, repeated, or exchanged.
 */
final class EchoFlood {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final int TYPE = 12;
    private static final int IP = 14;
    private static final int IP_PROTOCOL = IP + 9;
    private static final int ICMP = IP + 20;
    private static final int ICMP_CHECKSUM = ICMP + 2;
    private static final int NUMBER = ICMP + 8;
    private static final int LENGTH = NUMBER + 8;
    private static final byte ICMP_PROTOCOL = 1;
    private static final short IPV4 = 0x0800;

    private final NetDevice device;
    private final MemorySegment frame = Arena.ofAuto().allocate(LENGTH, 8);
    private final FrameHandler handler = this::onFrame;
    private long answered;
    private long others;

    EchoFlood(NetDevice device) {
        this.device = device;
        frame.copyFrom(bytes(0x52, 0x55, 10, 0, 2, 2)); // the gateway of QEMU's user network
        for (int i = 0; i < MacAddress.LENGTH; i++) {
            frame.set(ValueLayout.JAVA_BYTE, MacAddress.LENGTH + i, device.mac().byteAt(i));
        }
        frame.set(SHORT, TYPE, IPV4);
        frame.set(ValueLayout.JAVA_BYTE, IP, (byte) 0x45);
        frame.set(SHORT, IP + 2, (short) (LENGTH - IP));
        frame.set(ValueLayout.JAVA_BYTE, IP + 8, (byte) 64);
        frame.set(ValueLayout.JAVA_BYTE, IP_PROTOCOL, ICMP_PROTOCOL);
        frame.asSlice(IP + 12, 8).copyFrom(bytes(10, 0, 2, 15, 10, 0, 2, 2));
        frame.set(SHORT, IP + 10, checksum(IP, 20));
        frame.set(ValueLayout.JAVA_BYTE, ICMP, (byte) 8);
    }

    /** Sends so many, and waits for as many answers. */
    void run(int count, int window, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        long sent = 0;
        while (answered < count) {
            boolean offered = true;
            while (sent < count && sent - answered < window && offered) {
                number(sent);
                offered = device.offer(frame);
                sent += offered ? 1 : 0;
            }
            device.flush();
            if (device.receiveBurst(handler, window) == 0) {
                Thread.onSpinWait();
                if (System.nanoTime() - deadline >= 0) {
                    throw new AssertionError(
                            "%d of %d echo requests were answered, and %d sent, within %s; %d other frames came"
                                    .formatted(answered, count, sent, patience, others));
                }
            }
        }
    }

    private void onFrame(MemorySegment buffer, int offset, int length) {
        if (length < LENGTH
                || buffer.get(SHORT, offset + TYPE) != IPV4
                || buffer.get(ValueLayout.JAVA_BYTE, offset + IP_PROTOCOL) != ICMP_PROTOCOL) {
            others++;
            return;
        }
        long number = buffer.get(LONG, offset + NUMBER);
        if (number != answered) {
            throw new AssertionError(
                    "the answer to request %d came (expected: to %d)".formatted(number, answered));
        }
        answered++;
    }

    private void number(long number) {
        frame.set(LONG, NUMBER, number);
        frame.set(SHORT, ICMP_CHECKSUM, (short) 0);
        frame.set(SHORT, ICMP_CHECKSUM, checksum(ICMP, LENGTH - ICMP));
    }

    private short checksum(int start, int length) {
        int sum = 0;
        for (int i = 0; i < length; i += 2) {
            sum += Short.toUnsignedInt(frame.get(SHORT, start + i));
        }
        while (sum >>> 16 != 0) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return (short) ~sum;
    }

    private static MemorySegment bytes(int... octets) {
        byte[] array = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            array[i] = (byte) octets[i];
        }
        return MemorySegment.ofArray(array);
    }
}
