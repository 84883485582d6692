package dev.virtq.benchmarks;

import dev.virtq.queue.TransferToken;
import dev.virtq.queue.ring.DeviceRing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
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
 * The whole life of a transfer of one request and one reply, both ends in one thread: fill, {@code
 * submit}, {@code flush}; the device takes, uses, publishes; {@code poll}, look at the reply. One
 * operation is one transfer.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class RingCycle {
    private static final int BATCH = 32;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /** The ring format. */
    @Param({"split", "packed"})
    public String ring;

    /** Whether a chain is one descriptor and a table, or two descriptors. */
    @Param({"false", "true"})
    public boolean indirect;

    /** Whether VIRTIO_F_EVENT_IDX was accepted. */
    @Param({"false", "true"})
    public boolean eventIndex;

    private Loop loop;
    private DeviceRing device;
    private TransferToken[] tokens;
    private MemorySegment[] requests;
    private MemorySegment[] replies;
    private long count;

    /** JMH makes it. */
    public RingCycle() {}

    /** Prepares the transfers: once, as a program does. */
    @Setup
    public void prepare() {
        loop = new Loop(ring, indirect, eventIndex);
        device = loop.deviceEnd();
        tokens = loop.prepare(BATCH);
        requests = new MemorySegment[BATCH];
        replies = new MemorySegment[BATCH];
        for (int i = 0; i < BATCH; i++) {
            requests[i] = tokens[i].sending(0).trusted();
            replies[i] = tokens[i].receiving(0).trusted();
        }
    }

    /** {@return something of what was received, so that nothing can be left out} */
    @Benchmark
    public long trustedOneByOne() {
        requests[0].set(LONG, 0, count++);
        tokens[0].submit();
        loop.queue.flush();
        loop.serve(device);
        TransferToken done = Objects.requireNonNull(loop.queue.poll());
        return done.receivedLength() + replies[0].get(LONG, 0);
    }

    /** {@return something of what was received, so that nothing can be left out} */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long trustedInBatches() {
        for (int i = 0; i < BATCH; i++) {
            requests[i].set(LONG, 0, count++);
            tokens[i].submit();
        }
        loop.queue.flush();
        loop.serve(device);
        long sum = 0;
        for (int i = 0; i < BATCH; i++) {
            TransferToken done = Objects.requireNonNull(loop.queue.poll());
            sum += done.receivedLength() + replies[i].get(LONG, 0);
        }
        return sum;
    }

    /** {@return something of what was received, so that nothing can be left out} */
    @Benchmark
    public long freshViewsOneByOne() {
        TransferToken token = tokens[0];
        token.sending(0).view().set(LONG, 0, count++);
        token.submit();
        loop.queue.flush();
        loop.serve(device);
        TransferToken done = Objects.requireNonNull(loop.queue.poll());
        return done.received(0).get(LONG, 0);
    }

    /** {@return something of what was received, so that nothing can be left out} */
    @Benchmark
    public long accessorsOneByOne() {
        TransferToken token = tokens[0];
        token.sending(0).setLong(0, count++);
        token.submit();
        loop.queue.flush();
        loop.serve(device);
        TransferToken done = Objects.requireNonNull(loop.queue.poll());
        return done.receivedLength() + done.receiving(0).longAt(0);
    }
}
