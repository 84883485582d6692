package dev.virtq.benchmarks.fs;

import dev.virtq.drivers.fs.fuse.FuseConnection;
import dev.virtq.drivers.fs.fuse.FuseTracer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;

/** Counts how often our driver copies the bytes that it reads and writes. */
final class Copies {
    private Copies() {}

    /** Prints a line. */
    static void print(Way.Virtq way) throws IOException {
        System.out.printf(
                "%s: each byte of a file is copied %.2f times in the driver with memory that the device reaches, %.2f times with the heap's%n",
                way.name(),
                count(way, way.buffer(DataFile.BLOCK)),
                count(way, ByteBuffer.allocate(DataFile.BLOCK)));
    }

    private static double count(Way.Virtq way, ByteBuffer block) throws IOException {
        FuseConnection connection = way.connection();
        AtomicLong copied = new AtomicLong();
        connection.trace(event -> copied.addAndGet(event.copied()));
        try (FileChannel channel =
                FileChannel.open(
                        way.folder().resolve(DataFile.NAME),
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            DataFile.read(channel, block.clear(), 0);
            DataFile.write(channel, block, 0);
        } finally {
            connection.trace(FuseTracer.NONE);
        }
        return copied.get() / (2.0 * DataFile.BLOCK);
    }
}
