package dev.virtq.benchmarks.net;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What this process holds, after a garbage collection.
 *
 * @param resident bytes of memory that the process has for itself
 * @param shared bytes of memory that it shares with others, or could
 * @param heap bytes of objects
 * @param direct bytes of direct buffers
 * @param descriptors how many file descriptors are open
 */
record Footprint(long resident, long shared, long heap, long direct, long descriptors) {
    private static final long KIB = 1 << 10;
    private static final long MIB = 1 << 20;

    /**
     * The compiler comes back to what it compiled, at any time, and takes 13 MiB for it. What was
     * shared with a device is unmapped soon after its machine was closed, and not at once: 2 MiB.
     */
    private static final Footprint LEEWAY = new Footprint(32 * MIB, 8 * MIB, MIB, 64 * KIB, 0);

    static Footprint now() throws IOException {
        System.gc();
        return new Footprint(
                bytes("RssAnon:") + bytes("RssFile:"),
                bytes("RssShmem:") + bytes("HugetlbPages:"),
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .filter(pool -> pool.getName().equals("direct"))
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum(),
                openDescriptors());
    }

    private static long bytes(String key) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith(key))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * KIB)
                    .findFirst()
                    .orElse(0); // a kernel without them
        }
    }

    private static long openDescriptors() throws IOException {
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            return open.count();
        }
    }

    /** {@return the median of each figure} */
    static Footprint median(List<Footprint> some) {
        return new Footprint(
                median(some, Footprint::resident),
                median(some, Footprint::shared),
                median(some, Footprint::heap),
                median(some, Footprint::direct),
                median(some, Footprint::descriptors));
    }

    private static long median(List<Footprint> some, ToLongFunction<Footprint> figure) {
        return some.stream()
                .mapToLong(figure)
                .sorted()
                .skip(some.size() / 2)
                .findFirst()
                .orElseThrow();
    }

    /** {@return whether this is no more than another, but for what moves about anyway} */
    boolean isFlatAfter(Footprint earlier) {
        return resident - earlier.resident <= LEEWAY.resident
                && shared - earlier.shared <= LEEWAY.shared
                && heap - earlier.heap <= LEEWAY.heap
                && direct - earlier.direct <= LEEWAY.direct
                && descriptors - earlier.descriptors <= LEEWAY.descriptors;
    }

    @Override
    public String toString() {
        return "resident %.1f MiB, shared %.1f MiB, heap %.1f MiB, direct %.1f MiB, %d descriptors"
                .formatted(
                        (double) resident / MIB,
                        (double) shared / MIB,
                        (double) heap / MIB,
                        (double) direct / MIB,
                        descriptors);
    }
}
