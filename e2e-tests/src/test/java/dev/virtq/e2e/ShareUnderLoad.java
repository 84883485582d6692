package dev.virtq.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * Virtual threads that read, write, make, delete and list in a share, without a pause, until that
 * fails.
 */
final class ShareUnderLoad {
    private static final int BLOCK = 200_000;

    private final Path root;
    private final LongAdder done = new LongAdder();
    private final List<Future<End>> threads = new ArrayList<>();

    private ShareUnderLoad(Path root) {
        this.root = root;
    }

    /**
     * How a thread has ended.
     *
     * @param failure what it was thrown
     * @param when of {@link System#nanoTime}
     */
    record End(IOException failure, long when) {}

    /** Work, again and again. */
    @FunctionalInterface
    private interface Work {
        void run(Path file, ByteBuffer block) throws IOException;
    }

    static ShareUnderLoad start(Path root, int threads) {
        ShareUnderLoad load = new ShareUnderLoad(root);
        List<Work> kinds =
                List.of(
                        ShareUnderLoad::writeOften,
                        ShareUnderLoad::readOften,
                        ShareUnderLoad::makeAndDelete,
                        ShareUnderLoad::list);
        for (int i = 0; i < threads; i++) {
            load.start(i, kinds.get(i % kinds.size()));
        }
        return load;
    }

    private void start(int number, Work work) {
        FutureTask<End> task =
                new FutureTask<>(() -> {
                    ByteBuffer block = ByteBuffer.allocate(BLOCK);
                    Path file = root.resolve("file" + number);
                    while (true) {
                        try {
                            work.run(file, block.clear());
                            done.increment();
                        } catch (IOException e) {
                            return new End(e, System.nanoTime());
                        }
                    }
                });
        threads.add(task);
        Thread.ofVirtual().start(task);
    }

    private static void writeOften(Path file, ByteBuffer block) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int i = 0; i < 10; i++) {
                channel.write(block.clear(), (long) i * BLOCK);
            }
            channel.force(false);
        }
    }

    private static void readOften(Path file, ByteBuffer block) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            channel.write(block);
            for (int i = 0; i < 10; i++) {
                channel.read(block.clear(), i);
            }
        }
    }

    private static void makeAndDelete(Path file, ByteBuffer block) throws IOException {
        Files.createFile(file);
        Files.delete(file);
    }

    private static void list(Path file, ByteBuffer block) throws IOException {
        try (Stream<Path> names = Files.list(file.getParent())) {
            names.forEach(name -> {});
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** {@return how much was done so far} */
    long done() {
        return done.sum();
    }

    /** {@return how all of them have ended; they have to within a while} */
    List<End> ends() throws Exception {
        List<End> ends = new ArrayList<>();
        for (Future<End> thread : threads) {
            ends.add(thread.get(20, TimeUnit.SECONDS));
        }
        return ends;
    }
}
