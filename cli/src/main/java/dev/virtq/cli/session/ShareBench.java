package dev.virtq.cli.session;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** How fast a folder of any file system is: the same work, whatever is behind it. */
public final class ShareBench {
    private static final int BLOCK = 1 << 20;
    private static final int PAGE = 4096;
    private static final int READS = 4000;
    private static final int FILES = 1000;

    private final Path folder;
    private final long bytes;

    /**
     * Makes a benchmark.
     *
     * @param folder an empty folder to work in
     * @param bytes the size of the file that is written and read, in bytes; a multiple of 1 MiB
     */
    public ShareBench(Path folder, long bytes) {
        this.folder = folder;
        this.bytes = bytes;
    }

    /**
     * What was measured.
     *
     * @param what the work
     * @param operations how many operations it was
     * @param bytes how many bytes went through; 0 where that says nothing
     * @param nanos how long it took
     */
    public record Measured(String what, long operations, long bytes, long nanos) {}

    /** Work, to be timed. */
    private interface Work {
        void run() throws IOException, InterruptedException;
    }

    /**
     * Does all of it, and takes away what it made.
     *
     * @return what was measured, in order
     * @throws IOException when the file system refuses something
     * @throws InterruptedException when the thread is interrupted
     */
    public List<Measured> run() throws IOException, InterruptedException {
        List<Measured> measured = new ArrayList<>();
        Path file = folder.resolve("bench");
        long blocks = bytes / BLOCK;
        boolean done = false;
        try {
            measured.add(timed("write, 1 MiB blocks", blocks, bytes, () -> write(file)));
            measured.add(timed("read, 1 MiB blocks", blocks, bytes, () -> read(file)));
            measured.add(
                    timed(
                            "random reads of 4 KiB",
                            READS,
                            READS * (long) PAGE,
                            () -> reads(file, 1)));
            measured.add(
                    timed(
                            "the same, 32 at a time",
                            READS,
                            READS * (long) PAGE,
                            () -> reads(file, 32)));
            measured.add(timed("create files", FILES, 0, this::create));
            measured.add(timed("look at them", FILES, 0, this::stat));
            measured.add(timed("remove them", FILES, 0, this::remove));
            done = true;
            return measured;
        } finally {
            Files.deleteIfExists(file);
            if (!done) {
                removeWhatIsThere();
            }
        }
    }

    private static Measured timed(String what, long operations, long bytes, Work work)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        work.run();
        return new Measured(what, operations, bytes, System.nanoTime() - start);
    }

    private void write(Path file) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (long at = 0; at < bytes; at += BLOCK) {
                block.clear();
                while (block.hasRemaining()) {
                    channel.write(block);
                }
            }
        }
    }

    private void read(Path file) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        long all = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            for (int count = channel.read(block); count >= 0; count = channel.read(block)) {
                all += count;
                block.clear();
            }
        }
        if (all != bytes) {
            throw new IOException("%d bytes came back of %d".formatted(all, bytes));
        }
    }

    private void reads(Path file, int atOnce) throws IOException, InterruptedException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < atOnce; thread++) {
                int seed = thread;
                running.add(threads.submit(() -> readPages(channel, seed, READS / atOnce)));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e);
        }
    }

    private Void readPages(FileChannel channel, int seed, int count) throws IOException {
        Random random = new Random(seed);
        ByteBuffer page = ByteBuffer.allocateDirect(PAGE);
        for (int i = 0; i < count; i++) {
            page.clear();
            long at = random.nextLong(bytes / PAGE) * PAGE;
            if (channel.read(page, at) != PAGE) {
                throw new IOException("a page at %d came back short".formatted(at));
            }
        }
        return null;
    }

    private void create() throws IOException {
        for (int i = 0; i < FILES; i++) {
            Files.createFile(folder.resolve("file" + i));
        }
    }

    private void stat() throws IOException {
        for (int i = 0; i < FILES; i++) {
            Files.size(folder.resolve("file" + i));
        }
    }

    private void removeWhatIsThere() throws IOException {
        for (int i = 0; i < FILES; i++) {
            Files.deleteIfExists(folder.resolve("file" + i));
        }
    }

    private void remove() throws IOException {
        for (int i = 0; i < FILES; i++) {
            Files.delete(folder.resolve("file" + i));
        }
    }
}
