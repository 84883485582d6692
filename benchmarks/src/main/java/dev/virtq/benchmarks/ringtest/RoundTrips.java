package dev.virtq.benchmarks.ringtest;

import dev.virtq.benchmarks.Formats;
import dev.virtq.device.CommonFeature;
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
 * <pre>{@code RoundTrips split|packed any|in_order ring|queue one|two BATCH CYCLES|SECONDSs}</pre>
 *
 * <p>{@code ring} drives the bare driver end, as ringtest does; {@code queue} goes through the
 * {@link dev.virtq.queue.Virtqueue} and its tokens, as a driver does. With {@code one} both ends
 * are in one thread, and take turns by the batch.
 */
public final class RoundTrips {
    static final int RING_SIZE = 256;
    static final int OUTSTANDING = 128;
    static final int BUFFER_BYTES = 64;

    /** The first runs are for the compiler. */
    private static final int RUNS = 3;

    /** Of these, when it is said how long and not how many. */
    private static final int TRIAL_CYCLES = 3_000_000;

    private final RingFormat format;
    private final FeatureSet accepted;
    private final String level;
    private final boolean oneThread;
    private final int batch;
    private int cycles;

    private RoundTrips(String[] arguments) {
        format = Formats.named(arguments[0]);
        FeatureSet choosing = Formats.choosing(arguments[0]);
        accepted =
                arguments[1].equals("in_order") ? choosing.with(CommonFeature.IN_ORDER) : choosing;
        level = arguments[2];
        oneThread = arguments[3].equals("one");
        batch = Integer.parseInt(arguments[4]);
    }

    /**
     * Prints nanoseconds for one round trip, of the last run.
     *
     * @param arguments as above
     * @throws InterruptedException when it is interrupted
     * @throws ExecutionException when a thread fails
     */
    public static void main(String[] arguments) throws InterruptedException, ExecutionException {
        if (arguments.length != 6) {
            System.err.println(
                    "expected: split|packed any|in_order ring|queue one|two BATCH CYCLES|SECONDSs");
            System.exit(2);
        }
        System.out.printf("%.2f%n", new RoundTrips(arguments).measure(arguments[5]));
    }

    private double measure(String length) throws InterruptedException, ExecutionException {
        boolean seconds = length.endsWith("s");
        cycles = seconds ? TRIAL_CYCLES : Integer.parseInt(length);
        long nanos = 0;
        for (int run = 0; run < RUNS; run++) {
            nanos = run();
        }
        if (seconds) {
            long wanted = Long.parseLong(length.substring(0, length.length() - 1)) * 1_000_000_000L;
            cycles = Math.toIntExact(Math.max(1, wanted * cycles / nanos));
            nanos = run();
        }
        return (double) nanos / cycles;
    }

    private long run() throws InterruptedException, ExecutionException {
        DmaMemory memory =
                new DmaMemory(
                        MemoryMapping.contiguous(Arena.ofAuto().allocate(4 << 20, 4096), 1L << 32));
        return start("driver", () -> oneThread ? alternate(memory) : drive(memory)).get();
    }

    /** Both ends in one thread: a batch goes all the way, and then the next. */
    private long alternate(DmaMemory memory) {
        Cores.tieTo(0);
        DriverRing ring = driverEnd(memory);
        DriverSide driver = over(ring, memory);
        DeviceSide device =
                new DeviceSide(format.createDeviceEnd(ring.setup(), accepted, memory), batch);
        long start = System.nanoTime();
        int taken = 0;
        for (int left = cycles; left > 0; left -= batch) {
            int count = Math.min(left, batch);
            for (int i = 0; i < count; i++) {
                driver.send();
            }
            driver.publish();
            taken += device.use(count);
            for (int i = 0; i < count; i++) {
                if (!driver.takeBack()) {
                    throw new AssertionError("a transfer was used, and does not come back");
                }
            }
        }
        long nanos = System.nanoTime() - start;
        checkTaken(taken);
        return nanos;
    }

    private DriverRing driverEnd(DmaMemory memory) {
        return format.createDriverEnd(
                new RingRequest(0, RING_SIZE, accepted, memory, IndirectUse.NEVER));
    }

    private void checkTaken(int taken) {
        if (taken != cycles) {
            throw new AssertionError("the device took %d transfers of %d".formatted(taken, cycles));
        }
    }

    /**
     * Drives the ring, and has a thread at its other end. Each thread makes its own objects: made
     * by one thread they would lie side by side, and share the cache lines that the ring keeps
     * apart.
     */
    private long drive(DmaMemory memory) throws InterruptedException, ExecutionException {
        Cores.tieTo(0);
        DriverRing ring = driverEnd(memory);
        DriverSide driver = over(ring, memory);
        QueueSetup setup = ring.setup();
        long start = System.nanoTime();
        Future<Integer> device = start("device", () -> use(setup, memory));
        drive(driver);
        int taken = device.get();
        long nanos = System.nanoTime() - start;
        checkTaken(taken);
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
