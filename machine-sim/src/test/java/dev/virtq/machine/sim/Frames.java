package dev.virtq.machine.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.drivers.net.MacAddress;
import dev.virtq.drivers.net.NetDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import java.util.random.RandomGenerator;

/** Frames that the tests send. */
final class Frames {
    private static final ValueLayout.OfInt BIG_ENDIAN_INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private Frames() {}

    /** A frame of random bytes that any network may carry. */
    static MemorySegment random(RandomGenerator random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return MemorySegment.ofArray(bytes);
    }

    /** A frame whose payload starts with a number. */
    static MemorySegment numbered(int number, int length) {
        byte[] bytes = new byte[length];
        ByteBuffer.wrap(bytes).putInt(14, number);
        return MemorySegment.ofArray(bytes);
    }

    static int number(MemorySegment frame) {
        return frame.asByteBuffer().getInt(14);
    }

    static int number(MemorySegment buffer, int offset) {
        return buffer.get(BIG_ENDIAN_INT, offset + 14L);
    }

    /** The next frame; fails when none comes in time. */
    static MemorySegment next(NetDevice net) throws InterruptedException {
        return Objects.requireNonNull(net.receive(PATIENCE), "no frame came");
    }

    /** No receive buffer was lost: whoever receives one frame at a time gives all others back. */
    static void assertThatAllBuffersGoBack(NetDevice net, int count) throws InterruptedException {
        assertThat(net.receive(Duration.ZERO)).isNull();
        assertThat(net.receiveQueue().inFlight()).isEqualTo(count);
    }

    /** Who has 10.0.2.2? Tell 10.0.2.15. */
    static MemorySegment arpRequest(MacAddress from) {
        String mac = from.toString().replace(":", "");
        return MemorySegment.ofArray(
                HexFormat.of()
                        .parseHex(
                                "ffffffffffff"
                                        + mac
                                        + "0806"
                                        + "0001080006040001"
                                        + mac
                                        + "0a00020f"
                                        + "000000000000"
                                        + "0a000202"));
    }
}
