package dev.virtq.benchmarks.net;

import dev.virtq.machine.sim.vhostuser.SimBackEnd;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * A simulated vhost-user back end for a driver in this JVM to warm up on. It takes frames, and if
 * asked to it delivers some of its own, as testpmd makes them, once it has got the first.
 */
final class SimulatedWire implements AutoCloseable {
    private static final ValueLayout.OfShort BE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final int BURST = 32;
    private static final long PAUSE_NANOS = 20_000;

    private final Path folder;
    private final SimBackEnd backEnd;
    private volatile Thread feeder;
    private volatile boolean closed;

    private SimulatedWire(Path folder, int bytes, boolean delivers) throws IOException {
        this.folder = folder;
        MemorySegment frame = MemorySegment.ofArray(new byte[bytes]);
        frame.set(BE16, 12, (short) 0x0800);
        frame.set(BE16, 14 + 20 + 4, (short) (bytes - 14 - 20));
        backEnd =
                SimBackEnd.listen(
                        socket(),
                        (sent, replies) -> {
                            if (delivers && feeder == null) {
                                feeder =
                                        Thread.ofPlatform()
                                                .daemon()
                                                .start(() -> feed(frame, replies));
                            }
                        });
    }

    static SimulatedWire open(int bytes, boolean delivers) throws IOException {
        return new SimulatedWire(Files.createTempDirectory("virtq-warmup"), bytes, delivers);
    }

    /** {@return where it listens} */
    Path socket() {
        return folder.resolve("net.sock");
    }

    private void feed(MemorySegment frame, Consumer<MemorySegment> replies) {
        while (!closed) {
            for (int i = 0; i < BURST; i++) {
                replies.accept(frame);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    @Override
    public void close() throws IOException, InterruptedException {
        closed = true;
        if (feeder != null) {
            feeder.join();
        }
        backEnd.close();
        Files.delete(folder);
    }
}
