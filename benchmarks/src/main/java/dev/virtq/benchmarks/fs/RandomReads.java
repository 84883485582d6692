package dev.virtq.benchmarks.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Reads pages anywhere in the file, some at a time. */
final class RandomReads implements Job {
    private final DataFile file;
    private final int atOnce;
    private final long nanos;
    private long seed = 1;

    RandomReads(DataFile file, int atOnce, int seconds) {
        this.file = file;
        this.atOnce = atOnce;
        nanos = TimeUnit.SECONDS.toNanos(seconds);
    }

    @Override
    public List<String> rows() {
        return List.of("random read 4 KiB, %d at once".formatted(atOnce));
    }

    @Override
    public String unit() {
        return "thousands/s";
    }

    @Override
    public List<Double> measure(Way way) throws IOException, InterruptedException {
        List<ByteBuffer> pages = new ArrayList<>();
        for (int i = 0; i < atOnce; i++) {
            pages.add(way.buffer(DataFile.PAGE));
        }
        long start = System.nanoTime();
        long done = 0;
        try (FileChannel channel =
                        FileChannel.open(
                                way.folder().resolve(DataFile.NAME), StandardOpenOption.READ);
                ExecutorService threads = Executors.newThreadPerTaskExecutor(way.threads())) {
            List<Future<Long>> readers = new ArrayList<>();
            for (ByteBuffer page : pages) {
                Random random = new Random(seed++);
                readers.add(threads.submit(() -> read(channel, page, random, start)));
            }
            for (Future<Long> reader : readers) {
                done += reader.get();
            }
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        }
        return List.of(done * 1e6 / (System.nanoTime() - start));
    }

    private long read(FileChannel channel, ByteBuffer page, Random random, long start)
            throws IOException {
        long count = 0;
        while (System.nanoTime() - start < nanos) {
            int number = random.nextInt(DataFile.PAGES);
            page.clear();
            DataFile.read(channel, page, (long) number * DataFile.PAGE);
            file.check(page, number);
            count++;
        }
        return count;
    }
}
