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
public class SplitRingTwoThreads {
    private static final int OUTSTANDING = 128;

    /** Whether a chain is one descriptor and a table, or two descriptors. */
    @Param({"true"})
    public boolean indirect;

    /** Whether VIRTIO_F_EVENT_IDX was accepted. */
    @Param({"true"})
    public boolean eventIndex;

    private Loop loop;
    private Thread device;
    private volatile boolean running = true;

    /** JMH makes it. */
    public SplitRingTwoThreads() {}

    /** Sends everything once, and starts the device. */
    @Setup
    public void start() {
        loop = new Loop(indirect, eventIndex);
        loop.device.disableNotifications(); // it polls
        for (TransferToken token : loop.prepare(OUTSTANDING)) {
            token.submit();
        }
        loop.queue.flush();
        loop.queue.handOver(); // JMH may set up in another thread than it measures in
        device =
                new Thread(
                        () -> {
                            while (running) {
                                if (loop.device.take()) {
                                    loop.device.use(loop.device.chain().id(), Long.BYTES);
                                    loop.device.publish();
                                    loop.device.driverWantsNotification();
                                } else {
                                    Thread.onSpinWait();
                                }
                            }
                        },
                        "device");
        device.setDaemon(true);
        device.start();
    }

    /**
     * Ends the device.
     *
     * @throws InterruptedException when JMH is interrupted
     */
    @TearDown
    public void stop() throws InterruptedException {
        running = false;
        device.join();
    }

    /** {@return something of what was received, so that nothing can be left out} */
    @Benchmark
    public long oneComesBackAndIsSentAgain() {
        TransferToken token;
        while ((token = loop.queue.poll()) == null) {
            Thread.onSpinWait();
        }
        long length = token.receivedLength();
        token.submit();
        loop.queue.flush();
        return length;
    }
}
