package dev.virtq.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;

/**
 * A file that many threads write and read, each its own blocks, of random sizes at random offsets,
 * which no two share. The same seed cuts the file in the same way, and has the same bytes in it.
 */
final class RandomBlocks {
    /** From a few bytes to more than one request carries. */
    private static final int LARGEST = 3 << 19;

    private static final int PATTERN = 8 << 20;

    private final long seed;
    private final long size;
    private final int threads;
    private final byte[] pattern = new byte[PATTERN + LARGEST];
    private final List<Block> blocks = new ArrayList<>();

    /**
     * Cuts a file into blocks.
     *
     * @param seed of all that is random
     * @param size of the file, in bytes
     * @param threads how many use it at once
     */
    RandomBlocks(long seed, long size, int threads) {
        this.seed = seed;
        this.size = size;
        this.threads = threads;
        Random random = new Random(seed);
        random.nextBytes(pattern);
        for (long offset = 0; offset < size; ) {
            int most = 1 << random.nextInt(12, 22);
            int length = (int) Math.min(1 + random.nextInt(Math.min(most, LARGEST)), size - offset);
            blocks.add(new Block(offset, length, random.nextInt(PATTERN)));
            offset += length;
        }
    }

    /**
     * One block.
     *
     * @param offset where it begins in the file
     * @param length how many bytes it has
     * @param start where its bytes begin in the pattern
     */
    private record Block(long offset, int length, int start) {}

    /** What one thread does with one block. */
    @FunctionalInterface
    private interface BlockAction {
        void run(FileChannel channel, Block block, byte[] memory) throws IOException;
    }

    /** {@return how many blocks there are} */
    int count() {
        return blocks.size();
    }

    /**
     * Writes all blocks, in a random order, and forces what each thread has written.
     *
     * @param forced called by each thread when its {@link FileChannel#force} has returned
     */
    void write(Path file, Runnable forced) throws Exception {
        inThreads(
                file,
                seed + 1,
                (channel, block, memory) -> {
                    ByteBuffer bytes = ByteBuffer.wrap(pattern, block.start, block.length);
                    assertThat(channel.write(bytes, block.offset)).isEqualTo(block.length);
                },
                channel -> {
                    channel.force(true);
                    forced.run();
                });
    }

    /** Reads all blocks, in another order, and compares each with what was written. */
    void read(Path file) throws Exception {
        inThreads(
                file,
                seed + 2,
                (channel, block, memory) -> {
                    ByteBuffer bytes = ByteBuffer.wrap(memory, 0, block.length);
                    assertThat(channel.read(bytes, block.offset)).isEqualTo(block.length);
                    int from = block.start;
                    int wrong =
                            Arrays.mismatch(
                                    memory, 0, block.length, pattern, from, from + block.length);
                    assertThat(wrong).as("the first wrong byte of %s", block).isEqualTo(-1);
                },
                channel -> {});
    }

    /** What is done last in a thread. */
    @FunctionalInterface
    private interface LastAction {
        void run(FileChannel channel) throws IOException;
    }

    private void inThreads(Path file, long order, BlockAction action, LastAction last)
            throws Exception {
        List<Block> shuffled = new ArrayList<>(blocks);
        Collections.shuffle(shuffled, new Random(order));
        List<Future<?>> results = new ArrayList<>();
        try (FileChannel channel =
                        FileChannel.open(
                                file,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int thread = 0; thread < threads; thread++) {
                int first = thread;
                results.add(
                        executor.submit(() -> {
                            byte[] memory = new byte[LARGEST];
                            for (int i = first; i < shuffled.size(); i += threads) {
                                action.run(channel, shuffled.get(i), memory);
                            }
                            last.run(channel);
                            return true;
                        }));
            }
            for (Future<?> result : results) {
                result.get();
            }
        }
    }

    /** {@return the checksum that the whole file has} */
    long checksum() {
        CRC32C sum = new CRC32C();
        blocks.forEach(block -> sum.update(pattern, block.start, block.length));
        return sum.getValue();
    }

    /** {@return the checksum of a file, which must have the size that it was to have} */
    long checksumOf(Path file) throws IOException {
        CRC32C sum = new CRC32C();
        try (FileChannel channel = FileChannel.open(file)) {
            assertThat(channel.size()).isEqualTo(size);
            ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
            while (channel.read(buffer) >= 0) {
                sum.update(buffer.flip());
                buffer.clear();
            }
        }
        return sum.getValue();
    }
}
