package dev.virtq.benchmarks.ringtest;

import dev.virtq.benchmarks.Formats;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.Arena;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * The work of the Linux kernel's {@code tools/virtio/ringtest} without {@code --sleep}: a driver
 * thread and a device thread on a core each, both polling; one buffer a transfer, up to 128
 * outstanding. The device counts what it has taken.
 *
 * <pre>{@code RoundTrips split|packed ring|queue BATCH CYCLES}</pre>
 *
 * <p>{@code ring} drives the bare driver end, as ringtest does; {@code queue} goes through the
 * {@link dev.virtq.queue.Virtqueue} and its tokens, as a driver does.
 */
public final class RoundTrips {
    static final int RING_SIZE = 256;
    static final int OUTSTANDING = 128;
    static final int BUFFER_BYTES = 64;

    /** The first runs are for the compiler. */
    private static final int RUNS = 3;

    private final RingFormat format;
    private final FeatureSet accepted;
    private final String level;
    private final int batch;
    private final int cycles;

    private RoundTrips(String formatName, String level, int batch, int cycles) {
        format = Formats.named(formatName);
        accepted = Formats.choosing(formatName);
        this.level = level;
        this.batch = batch;
        this.cycles = cycles;
    }

    /**
     * Prints nanoseconds for one round trip, of the last of three runs.
     *
     * @param arguments format, level, batch, cycles
     * @throws InterruptedException when it is interrupted
     * @throws ExecutionException when a thread fails
     */
    public static void main(String[] arguments) throws InterruptedException, ExecutionException {
        if (arguments.length != 4) {
            System.err.println("expected: split|packed ring|queue BATCH CYCLES");
            System.exit(2);
        }
        RoundTrips trips =
                new RoundTrips(
                        arguments[0],
                        arguments[1],
                        Integer.parseInt(arguments[2]),
                        Integer.parseInt(arguments[3]));
        long nanos = 0;
        for (int run = 0; run < RUNS; run++) {
            nanos = trips.run();
        }
        System.out.printf("%.1f%n", (double) nanos / trips.cycles);
    }

    private long run() throws InterruptedException, ExecutionException {
        DmaMemory memory =
                new DmaMemory(
                        MemoryMapping.contiguous(Arena.ofAuto().allocate(4 << 20, 4096), 1L << 32));
        return start("driver", () -> drive(memory)).get();
    }

    /**
     * Drives the ring, and has a thread at its other end. Each thread makes its own objects: made
     * by one thread they would lie side by side, and share the cache lines that the ring keeps
     * apart.
     */
    private long drive(DmaMemory memory) throws InterruptedException, ExecutionException {
        Cores.tieTo(0);
        DriverRing ring =
                format.createDriverEnd(
                        new RingRequest(0, RING_SIZE, accepted, memory, IndirectUse.NEVER));
        DriverSide driver = over(ring, memory);
        QueueSetup setup = ring.setup();
        long start = System.nanoTime();
        Future<Integer> device = start("device", () -> use(setup, memory));
        drive(driver);
        int taken = device.get();
        long nanos = System.nanoTime() - start;
        if (taken != cycles) {
            throw new AssertionError("the device took %d transfers of %d".formatted(taken, cycles));
        }
        return nanos;
    }

    private int use(QueueSetup setup, DmaMemory memory) {
        Cores.tieTo(1);
        return new DeviceSide(format.createDeviceEnd(setup, accepted, memory), batch).use(cycles);
    }

    private static <T> Future<T> start(String name, Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofPlatform().daemon().name(name).start(task);
        return task;
    }

    private DriverSide over(DriverRing ring, DmaMemory memory) {
        return switch (level) {
            case "ring" -> new BareDriver(ring, memory);
            case "queue" -> new QueueDriver(ring, memory);
            default ->
                    throw new IllegalArgumentException(
                            "level '%s' (expected: ring or queue)".formatted(level));
        };
    }

    private void drive(DriverSide driver) {
        int started = 0;
        int completed = 0;
        int staged = 0;
        while (completed < cycles) {
            boolean idle = true;
            if (started < cycles && started - completed < OUTSTANDING) {
                driver.send();
                started++;
                idle = false;
                if (++staged == batch) {
                    driver.publish();
                    staged = 0;
                }
            }
            if (driver.takeBack()) {
                completed++;
                idle = false;
            }
            if (idle) {
                if (staged > 0) {
                    driver.publish();
                    staged = 0;
                }
                Thread.onSpinWait();
            }
        }
    }
}
