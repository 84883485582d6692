package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.drivers.fs.fuse.FuseOpcode;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many threads in one file of a share at once, also while others change the tree around it. */
@Timeout(120)
class RandomBlocksIT {
    private static final long SEED = 1_404;
    private static final int THREADS = 32;
    private static final int WALKS = 30;

    @TempDir private Path folder;

    @ParameterizedTest
    @CsvSource({"virtiofsd, 1024", "qemu-local, 256", "sim-packed, 256"})
    void whatManyThreadsWriteIsThereAndForced(String kind, int megabytes) throws Exception {
        try (ServedShare share = ServedShare.start(kind, folder)) {
            writeAndRead(share, kind, megabytes);
        }
    }

    @ParameterizedTest
    @CsvSource({"virtiofsd, 1024", "virtiofsd-container, 256", "sim-packed, 256"})
    void itIsWhileAnotherProcessChangesTheTree(String kind, int megabytes) throws Exception {
        try (ServedShare share = ServedShare.start(kind, folder);
                HostChanges changes = HostChanges.in(share.onHost())) {
            AtomicBoolean over = new AtomicBoolean();
            FutureTask<Visits> walk =
                    new FutureTask<>(() -> {
                        Visits visits = new Visits();
                        while (!over.get() || visits.walks < WALKS || visits.gone == 0) {
                            Files.walkFileTree(share.root(), visits);
                            visits.walks++;
                        }
                        return visits;
                    });
            Thread.ofVirtual().start(walk);
            try {
                writeAndRead(share, kind, megabytes);
            } finally {
                over.set(true);
            }
            Visits visits = walk.get();
            int rounds = changes.stop();
            System.out.printf(
                    "blocks: %s: %d rounds of changes, %d walks met %d files, %d of them gone%n",
                    kind, rounds, visits.walks, visits.files, visits.gone);
            assertThat(visits.failures).isEmpty();
            assertThat(rounds).isGreaterThan(WALKS);
        }
    }

    private static void writeAndRead(ServedShare share, String kind, int megabytes)
            throws Exception {
        RandomBlocks blocks = new RandomBlocks(SEED, (long) megabytes << 20, THREADS);
        Map<Thread, Integer> answered = new ConcurrentHashMap<>();
        share.fileSystem()
                .client()
                .connection()
                .trace(event -> {
                    if (event.opcode() == FuseOpcode.FSYNC && event.error() == 0) {
                        answered.merge(Thread.currentThread(), 1, Integer::sum);
                    }
                });
        AtomicInteger forced = new AtomicInteger();
        Path file = share.root().resolve("blocks");
        long start = System.nanoTime();
        blocks.write(
                file,
                () -> {
                    assertThat(answered.get(Thread.currentThread()))
                            .as("FSYNC was answered before force has returned")
                            .isEqualTo(1);
                    forced.incrementAndGet();
                });
        long written = System.nanoTime();
        blocks.read(file);
        long read = System.nanoTime();
        System.out.printf(
                "blocks: %s, seed %d: %d blocks in %d MiB, %d threads: written and forced at %d"
                        + " MiB/s, read at %d MiB/s%n",
                kind,
                SEED,
                blocks.count(),
                megabytes,
                THREADS,
                rate(megabytes, written - start),
                rate(megabytes, read - written));
        assertThat(forced).hasValue(THREADS);
        assertThat(blocks.checksumOf(share.onHost().resolve("blocks")))
                .isEqualTo(blocks.checksum());
    }

    private static long rate(int megabytes, long nanos) {
        return megabytes * 1_000_000_000L / nanos;
    }

    /** Reads what it meets. That something is gone by then is no failure. */
    private static final class Visits extends SimpleFileVisitor<Path> {
        private final List<Exception> failures = new ArrayList<>();
        private int walks;
        private int files;
        private int gone;

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            files++;
            if (file.endsWith("blocks")) {
                return FileVisitResult.CONTINUE;
            }
            try {
                Files.readAllBytes(file);
            } catch (IOException failure) {
                visitFileFailed(file, failure);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) {
            if (failure instanceof NoSuchFileException) {
                gone++;
            } else {
                failures.add(failure);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, IOException failure) {
            if (failure != null) {
                visitFileFailed(directory, failure);
            }
            return FileVisitResult.CONTINUE;
        }
    }
}
