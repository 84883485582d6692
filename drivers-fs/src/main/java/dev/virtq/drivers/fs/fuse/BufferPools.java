package dev.virtq.drivers.fs.fuse;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pools of buffers for payloads of any size up to the largest. Where the memory has not enough for
 * all requests that are on their way at once, one waits for another.
 */
final class BufferPools implements AutoCloseable {
    /** Larger steps than two would waste memory, smaller ones make buffers that fit nobody else. */
    private static final int STEP = 4;

    private static final int SMALLEST = 4096;
    private static final long KEPT_BYTES = 4 << 20; // of each size

    /** Of what is free in the beginning: the headers of requests, and their descriptor chains. */
    private static final int PART_FOR_OTHERS = 8;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final DmaMemory memory;
    private final long forOthers;
    private final List<BufferPool> bySize = new ArrayList<>();

    BufferPools(DmaMemory memory, long largest) {
        this.memory = memory;
        forOthers = memory.available() / PART_FOR_OTHERS;
        for (long size = SMALLEST; size < largest; size *= STEP) {
            add(memory, size);
        }
        add(memory, largest);
    }

    private void add(DmaMemory memory, long size) {
        bySize.add(new BufferPool(memory, size, (int) Math.max(2, KEPT_BYTES / size)));
    }

    BufferPool forSize(long size) {
        for (BufferPool pool : bySize) {
            if (size <= pool.size()) {
                return pool;
            }
        }
        throw new IllegalArgumentException(
                "%d bytes in one request (expected: %d at most)"
                        .formatted(size, bySize.getLast().size()));
    }

    /**
     * Takes a buffer, and waits for one while there is no room: for requests that are on their way,
     * and for the memory of those that nobody waits for any more, of whose end nobody is told.
     *
     * @throws IOException when there is none for long
     */
    DmaBuffer take(BufferPool pool) throws IOException {
        long start = System.nanoTime();
        boolean interrupted = false;
        try {
            while (true) {
                DmaBuffer buffer = takeNow(pool);
                if (buffer != null) {
                    return buffer;
                }
                if (System.nanoTime() - start > PATIENCE.toNanos()) {
                    throw new IOException(
                            "no room for %d bytes in the device's memory within %d ms, for %d bytes are free: give the machine more, or the mount smaller transfers"
                                    .formatted(
                                            pool.size(), PATIENCE.toMillis(), memory.available()));
                }
                try {
                    Thread.sleep(1);
                } catch (InterruptedException e) {
                    interrupted = true; // an interrupt is for what follows
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private @Nullable DmaBuffer takeNow(BufferPool pool) {
        DmaBuffer buffer = pool.takeIdle();
        if (buffer == null) {
            buffer = allocate(pool.size());
        }
        if (buffer == null) { // what others have left may be enough
            bySize.forEach(BufferPool::freeIdle);
            buffer = allocate(pool.size());
        }
        return buffer;
    }

    private @Nullable DmaBuffer allocate(long size) {
        if (memory.available() - size < forOthers && !memory.isClosed()) {
            return null;
        }
        try {
            return memory.allocate(size);
        } catch (IllegalStateException e) {
            if (memory.isClosed()) {
                throw e;
            }
            return null; // it is free, but in pieces
        }
    }

    @Override
    public void close() {
        bySize.forEach(BufferPool::close);
    }
}
