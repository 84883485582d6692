package dev.virtq.benchmarks;

import dev.virtq.queue.TransferToken;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A driver thread and a device thread, both polling, with 128 transfers outstanding. One operation
 * is one transfer that came back and was sent again.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class RingTwoThreads {
    private static final int OUTSTANDING = 128;

    /** The ring format. */
    @Param({"split", "packed"})
    public String ring;

    /** Whether a chain is one descriptor and a table, or two descriptors. */
    @Param({"false", "true"})
    public boolean indirect;

    /** How many transfers each end publishes at once. */
    @Param({"1", "32"})
    public int batch;

    private Loop loop;
    private PollingDevice device;
    private Thread deviceThread;
    private int staged;

    /** JMH makes it. */
    public RingTwoThreads() {}

    /** Sends everything once, and starts the device. */
    @Setup
    public void start() {
        loop = new Loop(ring, indirect, true);
        for (TransferToken token : loop.prepare(OUTSTANDING)) {
            token.submit();
        }
        loop.queue.flush();
        loop.queue.handOver(); // JMH may set up in another thread than it measures in
        device = new PollingDevice(loop, batch);
        deviceThread = new Thread(device, "device");
        deviceThread.setDaemon(true);
        deviceThread.start();
    }

    /**
     * Ends the device.
     *
     * @throws InterruptedException when JMH is interrupted
     */
    @TearDown
    public void stop() throws InterruptedException {
        device.stop();
        deviceThread.join();
    }

    /** {@return something of what was received, so that nothing can be left out} */
    @Benchmark
    public long oneComesBackAndIsSentAgain() {
        TransferToken token;
        while ((token = loop.queue.poll()) == null) {
            if (staged > 0) {
                flush();
            }
            Thread.onSpinWait();
        }
        long length = token.receivedLength();
        token.submit();
        if (++staged >= batch) {
            flush();
        }
        return length;
    }

    private void flush() {
        loop.queue.flush();
        staged = 0;
    }
}
