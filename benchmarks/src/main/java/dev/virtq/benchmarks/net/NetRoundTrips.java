package dev.virtq.benchmarks.net;

import dev.virtq.benchmarks.ringtest.Cores;
import dev.virtq.device.DeviceType;
import dev.virtq.drivers.net.FrameHandler;
import dev.virtq.drivers.net.FrameWriter;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.transport.vhostuser.VhostUserMachine;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Sends a frame, polls until it is back, looks at all of it, and sends the next: on core 0, to a
 * device that gives back what it gets. The program {@code round_trips.c} does the same with DPDK's
 * driver.
 *
 * <pre>{@code NetRoundTrips SOCKET BYTES WARM_UP_SECONDS COUNT [packed] [in_order] [mrg_rxbuf]}
 * </pre>
 *
 * <p>It prints its {@link Histogram}, and how many were sent in all.
 */
public final class NetRoundTrips {
    private static final long MEMORY_BYTES = 64 << 20;
    private static final int BURST = 32;
    private static final int NUMBER_OFFSET = 16;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** The clock costs too much to be asked at each poll. */
    private static final int POLLS = 1 << 20;

    private static final ValueLayout.OfLong NUMBER = ValueLayout.JAVA_LONG_UNALIGNED;

    private final NetDevice net;
    private final int bytes;
    private final MemorySegment frame;
    private final FrameWriter writer;
    private final FrameHandler handler = this::check;
    private final Histogram histogram = new Histogram();
    private long sent;

    private NetRoundTrips(NetDevice net, int bytes) {
        this.net = net;
        this.bytes = bytes;
        frame = MemorySegment.ofArray(new long[Math.ceilDiv(bytes, Long.BYTES)]).asSlice(0, bytes);
        for (int i = 0; i < bytes; i++) {
            frame.set(ValueLayout.JAVA_BYTE, i, (byte) i);
        }
        writer =
                buffer -> {
                    MemorySegment.copy(frame, 0, buffer, 0, bytes);
                    return bytes;
                };
    }

    /**
     * Runs it.
     *
     * @param arguments as above
     * @throws Exception when the device cannot be driven, or a frame is lost or changed
     */
    public static void main(String[] arguments) throws Exception {
        List<String> words = List.of(arguments);
        Ring ring = Ring.named(words.subList(4, words.size()));
        Cores.tieTo(0);
        try (VhostUserMachine machine =
                        VhostUserMachine.of(
                                Path.of(words.getFirst()), DeviceType.NETWORK, MEMORY_BYTES);
                NetDevice net =
                        NetDevice.open(machine.transport(DeviceType.NETWORK), ring.options())) {
            NetRoundTrips trips = new NetRoundTrips(net, Integer.parseInt(words.get(1)));
            trips.warmUp(TimeUnit.SECONDS.toNanos(Long.parseLong(words.get(2))));
            trips.run(Long.parseLong(words.get(3)));
            trips.histogram.print(System.out);
            System.out.printf("sent %d%n", trips.sent);
        }
    }

    private void warmUp(long nanos) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < nanos) {
            run(10_000);
        }
        histogram.clear();
    }

    private void run(long count) {
        for (long i = 0; i < count; i++) {
            frame.set(NUMBER, NUMBER_OFFSET, sent);
            long start = System.nanoTime();
            if (net.sendBurst(writer, 1) != 1) {
                throw new IllegalStateException("no transmit buffer is free, and none is used");
            }
            awaitReturn();
            histogram.add(System.nanoTime() - start);
            sent++;
        }
    }

    private void awaitReturn() {
        int returned;
        int polls = 0;
        long start = 0;
        while ((returned = net.receiveBurst(handler, BURST)) == 0) {
            if (++polls == POLLS) {
                long now = System.nanoTime();
                start = start == 0 ? now : start;
                polls = 0;
                if (now - start > PATIENCE_NANOS) {
                    throw new IllegalStateException("frame %d did not come back".formatted(sent));
                }
            }
        }
        if (returned != 1) {
            throw new IllegalStateException("frame %d came back more than once".formatted(sent));
        }
    }

    private void check(MemorySegment buffer, int offset, int length) {
        if (length != bytes
                || MemorySegment.mismatch(buffer, offset, offset + length, frame, 0, bytes) >= 0) {
            throw new IllegalStateException("frame %d came back changed".formatted(sent));
        }
    }
}
