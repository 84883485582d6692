package dev.virtq.machine.qemu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The end of what a process writes to its standard error: read always, kept in bounds. */
final class ErrorOutput {
    private static final int KEPT = 4 << 10;
    private static final System.Logger LOG = System.getLogger(ErrorOutput.class.getName());

    private final byte[] ring = new byte[KEPT];
    private final Thread reader;
    private long written;

    private ErrorOutput(InputStream stream) {
        reader = Thread.ofPlatform().daemon().name("virtq-qemu-stderr").start(() -> read(stream));
    }

    static ErrorOutput of(InputStream stream) {
        return new ErrorOutput(stream);
    }

    /** What was kept, in one line; waits a moment for what a process wrote just before it ended. */
    String text() {
        try {
            reader.join(200);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            int count = (int) Math.min(written, KEPT);
            byte[] copy = new byte[count];
            for (int i = 0; i < count; i++) {
                copy[i] = ring[(int) ((written - count + i) % KEPT)];
            }
            String text = new String(copy, StandardCharsets.UTF_8).strip();
            return (written > KEPT ? "…" : "") + text.replaceAll("\\s*\\R\\s*", "; ");
        }
    }

    private void read(InputStream stream) {
        byte[] chunk = new byte[1024];
        try (stream) {
            for (int count = stream.read(chunk); count >= 0; count = stream.read(chunk)) {
                keep(chunk, count);
            }
        } catch (IOException closed) {
            LOG.log(System.Logger.Level.DEBUG, "the error output ended: {0}", closed);
        }
    }

    private synchronized void keep(byte[] chunk, int count) {
        for (int i = 0; i < count; i++) {
            ring[(int) (written++ % KEPT)] = chunk[i];
        }
    }
}
