package dev.virtq.benchmarks.ringtest;

import dev.virtq.benchmarks.Formats;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.Arena;

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
     */
    public static void main(String[] arguments) throws InterruptedException {
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

    private long run() throws InterruptedException {
        DmaMemory memory =
                new DmaMemory(
                        MemoryMapping.contiguous(Arena.ofAuto().allocate(4 << 20, 4096), 1L << 32));
        DriverRing ring =
                format.createDriverEnd(
                        new RingRequest(0, RING_SIZE, accepted, memory, IndirectUse.NEVER));
        DeviceRing deviceEnd = format.createDeviceEnd(ring.setup(), accepted, memory);
        DeviceSide device = new DeviceSide(deviceEnd, batch, cycles);
        DriverSide driver =
                switch (level) {
                    case "ring" -> new BareDriver(ring, memory);
                    case "queue" -> new QueueDriver(ring, memory);
                    default ->
                            throw new IllegalArgumentException(
                                    "level '%s' (expected: ring or queue)".formatted(level));
                };
        Thread deviceThread = new Thread(device, "device");
        Thread driverThread =
                new Thread(
                        () -> {
                            Cores.tieTo(0);
                            drive(driver);
                        },
                        "driver");
        long start = System.nanoTime();
        deviceThread.start();
        driverThread.start();
        driverThread.join();
        deviceThread.join();
        long nanos = System.nanoTime() - start;
        if (device.taken() != cycles) {
            throw new AssertionError(
                    "the device took %d transfers of %d".formatted(device.taken(), cycles));
        }
        return nanos;
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
