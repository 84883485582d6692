package dev.virtq.machine.sim.vhostuser;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** How long the threads that watch back ends have been on a processor. */
final class WatcherTime {
    private static final Path THREADS = Path.of("/proc/self/task");

    /** As much of the name as the kernel keeps. */
    private static final String NAME = "virtq-vhost-use";

    private WatcherTime() {}

    /** {@return that, in nanoseconds, of those that live} */
    static long nanos() throws IOException {
        List<Path> threads;
        try (Stream<Path> all = Files.list(THREADS)) {
            threads = all.toList();
        }
        long nanos = 0;
        int watchers = 0;
        for (Path thread : threads) {
            try {
                if (Files.readString(thread.resolve("comm")).strip().equals(NAME)) {
                    watchers++;
                    String times = Files.readString(thread.resolve("schedstat"));
                    nanos += Long.parseLong(times.substring(0, times.indexOf(' ')));
                }
            } catch (NoSuchFileException e) {
                // It has ended meanwhile.
            }
        }
        if (watchers == 0) {
            throw new AssertionError("no thread is called " + NAME);
        }
        return nanos;
    }
}
