package dev.virtq.drivers.fs.channel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Reads and writes of any size: what is more than one request can carry goes in several, a few of
 * them at once.
 */
final class Transfers {
    private static final int AT_ONCE = 4;

    private final OpenHandle handle;
    private final int maxRead;
    private final int maxWrite;

    Transfers(OpenHandle handle) {
        this.handle = handle;
        maxRead = handle.client().session().maxRead();
        maxWrite = handle.client().session().maxWrite();
    }

    @FunctionalInterface
    private interface Part {
        int run(MemorySegment part, long offset) throws IOException;
    }

    /**
     * Reads into what is left of a buffer.
     *
     * @return how many bytes; -1 at the end of the file
     */
    int read(ByteBuffer into, long offset) throws IOException {
        if (handle.isDirectory()) {
            throw new IOException("Is a directory");
        }
        if (!into.hasRemaining()) {
            return 0;
        }
        int count = all(MemorySegment.ofBuffer(into), offset, maxRead, this::readPart);
        into.position(into.position() + count);
        return count == 0 ? -1 : count;
    }

    private int readPart(MemorySegment part, long offset) throws IOException {
        return handle.client().files().read(handle.node().id(), handle.file(), offset, part);
    }

    /**
     * Writes what is left of a buffer.
     *
     * @param offset where; in append mode it is only a guess of where the end is
     * @return how many bytes
     */
    int write(ByteBuffer from, long offset) throws IOException {
        if (!from.hasRemaining()) {
            return 0;
        }
        MemorySegment segment = MemorySegment.ofBuffer(from);
        try {
            int count =
                    handle.modes().appends()
                            ? oneByOne(segment, offset, maxWrite, this::writePart)
                            : all(segment, offset, maxWrite, this::writePart);
            from.position(from.position() + count);
            return count;
        } finally {
            handle.changed();
        }
    }

    private int writePart(MemorySegment part, long offset) throws IOException {
        return handle.client().files().write(handle.node().id(), handle.file(), offset, part);
    }

    private static int all(MemorySegment whole, long offset, int most, Part part)
            throws IOException {
        if (whole.byteSize() <= most) {
            return part.run(whole, offset);
        }
        Thread other = Thread.ofVirtual().unstarted(() -> {});
        return whole.isAccessibleBy(other)
                ? atOnce(whole, offset, most, part)
                : oneByOne(whole, offset, most, part);
    }

    private static int oneByOne(MemorySegment whole, long offset, int most, Part part)
            throws IOException {
        long done = 0;
        while (done < whole.byteSize()) {
            long length = Math.min(most, whole.byteSize() - done);
            int count = part.run(whole.asSlice(done, length), offset + done);
            done += count;
            if (count < length) {
                break;
            }
        }
        return (int) done;
    }

    /** A few at a time; what comes behind a part that is cut short does not count. */
    private static int atOnce(MemorySegment whole, long offset, int most, Part part)
            throws IOException {
        long done = 0;
        while (done < whole.byteSize()) {
            List<CompletableFuture<Integer>> parts = new ArrayList<>();
            long start = done;
            for (int i = 0; i < AT_ONCE && start < whole.byteSize(); i++) {
                long length = Math.min(most, whole.byteSize() - start);
                parts.add(start(whole.asSlice(start, length), offset + start, part));
                start += length;
            }
            long round = await(parts, most);
            done += round;
            if (done < start) {
                break;
            }
        }
        return (int) done;
    }

    private static CompletableFuture<Integer> start(MemorySegment slice, long offset, Part part) {
        CompletableFuture<Integer> future = new CompletableFuture<>();
        Thread.ofVirtual()
                .name("virtq-fs-part")
                .start(() -> {
                    try {
                        future.complete(part.run(slice, offset));
                    } catch (IOException | RuntimeException e) {
                        future.completeExceptionally(e);
                    }
                });
        return future;
    }

    /** Waits for all, also when one fails: the device may still have the memory of the others. */
    private static long await(List<CompletableFuture<Integer>> parts, int most) throws IOException {
        long sum = 0;
        boolean whole = true;
        Throwable failure = null;
        for (CompletableFuture<Integer> part : parts) {
            try {
                int count = part.join();
                if (whole) {
                    sum += count;
                }
                whole &= count == most;
            } catch (CompletionException e) {
                if (whole && failure == null) {
                    failure = e.getCause();
                }
                whole = false;
            }
        }
        if (failure != null && sum == 0) {
            if (failure instanceof IOException refused) {
                throw refused;
            }
            throw new IllegalStateException("a part of a transfer failed", failure);
        }
        return sum;
    }
}
