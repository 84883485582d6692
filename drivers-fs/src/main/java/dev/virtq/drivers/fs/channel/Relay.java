package dev.virtq.drivers.fs.channel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;

/** Copies between a file and a channel of any kind, through a buffer. */
final class Relay {
    static final int BUFFER = 1 << 20;

    private Relay() {}

    static long out(FileChannel from, long position, long count, WritableByteChannel target)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, BUFFER));
        long done = 0;
        try {
            while (done < count) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), count - done));
                if (from.read(buffer, position + done) <= 0) {
                    break;
                }
                buffer.flip();
                int wanted = buffer.remaining();
                int written = target.write(buffer);
                done += written;
                if (written < wanted) {
                    break;
                }
            }
            return done;
        } catch (IOException e) {
            if (done > 0) {
                return done; // the next call meets it again
            }
            throw e;
        }
    }

    static long in(ReadableByteChannel source, FileChannel to, long position, long count)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, BUFFER));
        long done = 0;
        while (done < count) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), count - done));
            if (source.read(buffer) <= 0) {
                break;
            }
            buffer.flip();
            while (buffer.hasRemaining()) {
                done += to.write(buffer, position + done);
            }
        }
        return done;
    }
}
