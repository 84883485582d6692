package dev.virtq.benchmarks.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Reads or writes the file from its start to its end, a megabyte at a time, again and again. */
final class Sequential implements Job {
    private static final double GIBIBYTE = 1 << 30;

    private final DataFile file;
    private final boolean writes;
    private final boolean heap;
    private final long nanos;

    private Sequential(DataFile file, boolean writes, boolean heap, int seconds) {
        this.file = file;
        this.writes = writes;
        this.heap = heap;
        nanos = TimeUnit.SECONDS.toNanos(seconds);
    }

    /** Reading and writing, with memory outside and in the heap. */
    static List<Job> all(DataFile file, int seconds) {
        return List.of(
                new Sequential(file, true, false, seconds),
                new Sequential(file, false, false, seconds),
                new Sequential(file, true, true, seconds),
                new Sequential(file, false, true, seconds));
    }

    @Override
    public List<String> rows() {
        return List.of(
                "%s 1 MiB %s".formatted(writes ? "write" : "read", heap ? "heap" : "direct"));
    }

    @Override
    public String unit() {
        return "GiB/s";
    }

    @Override
    public List<Double> measure(Way way) throws IOException {
        ByteBuffer block = heap ? ByteBuffer.allocate(DataFile.BLOCK) : way.buffer(DataFile.BLOCK);
        long done = 0;
        long start = System.nanoTime();
        long taken;
        do {
            if (writes) {
                file.writtenAnew();
            }
            try (FileChannel channel =
                    FileChannel.open(
                            way.folder().resolve(DataFile.NAME),
                            writes ? StandardOpenOption.WRITE : StandardOpenOption.READ)) {
                for (int number = 0; number < DataFile.BLOCKS; number++) {
                    pass(channel, block, number);
                }
            }
            done += (long) DataFile.BLOCKS * DataFile.BLOCK;
            taken = System.nanoTime() - start;
        } while (taken < nanos);
        if (writes) {
            file.checkOnTheHost();
        }
        return List.of(done / GIBIBYTE * TimeUnit.SECONDS.toNanos(1) / taken);
    }

    private void pass(FileChannel channel, ByteBuffer block, int number) throws IOException {
        if (writes) {
            file.stamp(block, number);
            DataFile.write(channel, block, (long) number * DataFile.BLOCK);
        } else {
            block.clear();
            DataFile.read(channel, block, (long) number * DataFile.BLOCK);
            file.check(block, number * (DataFile.BLOCK / DataFile.PAGE));
        }
    }
}
