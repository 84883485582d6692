package dev.virtq.machine.sim.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a front end and a back end have of the system: file descriptors of their kinds, mappings of
 * shared memory, and the front end's threads.
 *
 * @param descriptors sockets, eventfds, memory files and process watches
 * @param mappings mappings of files named virtq
 * @param threads threads that watch a back end
 */
record Belongings(long descriptors, long mappings, long threads) {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final Path MAPPINGS = Path.of("/proc/self/maps");
    private static final List<String> KINDS =
            List.of("socket:", "anon_inode:[eventfd]", "anon_inode:[pidfd]", "/memfd:virtq");
    private static final int PATIENCE_MILLIS = 10_000;

    static Belongings now() throws IOException {
        return new Belongings(descriptorsNow(), mappingsNow(), threadsNow());
    }

    /** What is closed by a thread, or goes with the last view of it, takes a moment. */
    void assertAllIsBack() throws IOException, InterruptedException {
        long start = System.nanoTime();
        Belongings now = now();
        while (!now.equals(this) && (System.nanoTime() - start) / 1_000_000 < PATIENCE_MILLIS) {
            if (now.mappings != mappings) {
                System.gc();
            }
            Thread.sleep(2);
            now = now();
        }
        assertThat(now).isEqualTo(this);
    }

    private static long descriptorsNow() throws IOException {
        try (Stream<Path> all = Files.list(DESCRIPTORS)) {
            return all.filter(Belongings::isOfAKind).count();
        }
    }

    private static boolean isOfAKind(Path descriptor) {
        try {
            String what = Files.readSymbolicLink(descriptor).toString();
            return KINDS.stream().anyMatch(what::startsWith);
        } catch (NoSuchFileException e) {
            return false; // closed meanwhile
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long mappingsNow() throws IOException {
        try (Stream<String> all = Files.lines(MAPPINGS)) {
            return all.filter(line -> line.contains("memfd:virtq")).count();
        }
    }

    private static long threadsNow() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("virtq-vhost-user"))
                .count();
    }
}
