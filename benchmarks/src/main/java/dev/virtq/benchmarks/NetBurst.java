package dev.virtq.benchmarks;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.drivers.net.FrameHandler;
import dev.virtq.drivers.net.FrameWriter;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.drivers.net.NetFeature;
import dev.virtq.drivers.net.NetHeader;
import dev.virtq.drivers.net.NetOptions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Frames through the network driver in bursts of 32, and a device in the same thread that takes and
 * uses, and does nothing else. One operation is one frame.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class NetBurst {
    private static final int BURST = 32;
    private static final int MERGEABLE_SIZE = 2048;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /** The ring format, with VIRTIO_F_IN_ORDER or without. */
    @Param({"split", "split+in_order", "packed", "packed+in_order"})
    public String ring;

    /** How many bytes a frame has. */
    @Param({"64", "1500"})
    public int size;

    /** Whether VIRTIO_NET_F_MRG_RXBUF was accepted. */
    @Param({"false", "true"})
    public boolean mergeable;

    private NetLoop device;
    private NetDevice net;
    private MemorySegment[] frames;
    private long count;
    private long sum;
    private final FrameHandler handler =
            (buffer, offset, length) -> sum += length + buffer.get(LONG, offset);
    private final FrameWriter writer =
            buffer -> {
                buffer.set(LONG, 0, count++);
                return size;
            };

    /** JMH makes it. */
    public NetBurst() {}

    /** Brings the device up. */
    @Setup
    public void open() {
        FeatureSet more = FeatureSet.of(NetFeature.MRG_RXBUF);
        String format = ring;
        if (ring.endsWith("+in_order")) {
            format = ring.substring(0, ring.indexOf('+'));
            more = more.with(CommonFeature.IN_ORDER);
        }
        device = new NetLoop(format, more);
        NetOptions options =
                NetOptions.DEFAULT
                        .withBuffers(0, 256)
                        .withMergeableBuffers(mergeable ? MERGEABLE_SIZE : 0);
        net = NetDevice.open(device, options);
        frames = new MemorySegment[BURST];
        for (int i = 0; i < BURST; i++) {
            frames[i] = MemorySegment.ofArray(new byte[size]);
        }
        MemorySegment header = MemorySegment.ofArray(new byte[NetHeader.SIZE]);
        NetHeader.CODEC.write(new NetHeader(0, 0, 0, 0, 0, 0, 1), header);
        device.deliverHeaders(256, header);
        net.receiveBurst(handler, 256);
        net.handOver(); // JMH may set up in another thread than it measures in
    }

    /** {@return how many frames the device got, copied} */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int transmit() {
        frames[0].set(LONG, 0, count++);
        check(net.sendBurst(frames, 0, BURST));
        return device.takeSent();
    }

    /** {@return how many frames the device got, made where they were sent from} */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public int transmitInPlace() {
        check(net.sendBurst(writer, BURST));
        return device.takeSent();
    }

    /** {@return something of the frames that the handler got} */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public long receive() {
        check(device.deliver(BURST, NetHeader.SIZE + size));
        check(net.receiveBurst(handler, BURST));
        return sum;
    }

    private static void check(int moved) {
        if (moved != BURST) {
            throw new AssertionError(moved + " frames (expected: " + BURST + ")");
        }
    }
}
