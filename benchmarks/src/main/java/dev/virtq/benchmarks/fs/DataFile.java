package dev.virtq.benchmarks.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file that is read and written. Each page begins with its number and how often the file was
 * written, so that whoever reads one sees that it is the one.
 */
final class DataFile {
    static final String NAME = "data";
    static final int PAGE = 4096;
    static final int BLOCK = 1 << 20;
    static final int BLOCKS = 256;
    static final int PAGES = BLOCKS * (BLOCK / PAGE);

    private final Path onTheHost;
    private long version;

    private DataFile(Path onTheHost) {
        this.onTheHost = onTheHost;
    }

    /** Makes one. */
    static DataFile make(Path folder) throws IOException {
        DataFile file = new DataFile(folder.resolve(NAME));
        file.writtenAnew();
        try (FileChannel channel =
                FileChannel.open(
                        file.onTheHost, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
            for (int number = 0; number < BLOCKS; number++) {
                file.stamp(block, number);
                write(channel, block, (long) number * BLOCK);
            }
        }
        return file;
    }

    /** {@return whoever writes it next writes this version} */
    long writtenAnew() {
        return ++version;
    }

    /** Puts the numbers of its pages into a block, and makes it ready to be written. */
    void stamp(ByteBuffer block, int number) {
        block.clear();
        block.order(ByteOrder.LITTLE_ENDIAN);
        for (int page = 0; page < BLOCK / PAGE; page++) {
            block.putLong(page * PAGE, stampOf(number * (BLOCK / PAGE) + page));
        }
    }

    /** Looks whether pages are those of the file, from one on. */
    void check(ByteBuffer pages, int first) throws IOException {
        pages.order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < pages.limit(); at += PAGE) {
            long found = pages.getLong(at);
            if (found != stampOf(first + at / PAGE)) {
                throw new IOException(
                        "page %d of the file begins with %x (expected: %x)"
                                .formatted(first + at / PAGE, found, stampOf(first + at / PAGE)));
            }
        }
    }

    /** Looks on the host whether all of it has arrived there. */
    void checkOnTheHost() throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
        try (FileChannel channel = FileChannel.open(onTheHost, StandardOpenOption.READ)) {
            for (int number = 0; number < BLOCKS; number++) {
                block.clear();
                read(channel, block, (long) number * BLOCK);
                check(block, number * (BLOCK / PAGE));
            }
        }
    }

    void delete() throws IOException {
        Files.deleteIfExists(onTheHost);
    }

    private long stampOf(int page) {
        return version << 32 | page;
    }

    static void write(FileChannel channel, ByteBuffer from, long at) throws IOException {
        long offset = at;
        while (from.hasRemaining()) {
            offset += channel.write(from, offset);
        }
    }

    static void read(FileChannel channel, ByteBuffer into, long at) throws IOException {
        long offset = at;
        while (into.hasRemaining()) {
            int count = channel.read(into, offset);
            if (count < 0) {
                throw new IOException("the file ends at " + offset);
            }
            offset += count;
        }
        into.flip();
    }
}
