package dev.virtq.drivers.fs.fuse;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Buffers of one size that are used again and again. Those that a device may still write are not
 * given back, but freed by whoever ends their transfer, when the device is done.
 */
final class BufferPool implements AutoCloseable {
    private final DmaMemory memory;
    private final long size;
    private final int kept;
    private final ConcurrentLinkedQueue<DmaBuffer> idle = new ConcurrentLinkedQueue<>();
    private final AtomicInteger idleCount = new AtomicInteger();
    private volatile boolean closed;

    /**
     * Makes an empty pool.
     *
     * @param kept how many idle buffers are kept at most
     */
    BufferPool(DmaMemory memory, long size, int kept) {
        this.memory = memory;
        this.size = size;
        this.kept = kept;
    }

    long size() {
        return size;
    }

    DmaBuffer take() {
        DmaBuffer buffer = takeIdle();
        return buffer == null ? memory.allocate(size) : buffer;
    }

    /** {@return a buffer that somebody gave back; null when there is none} */
    @Nullable DmaBuffer takeIdle() {
        DmaBuffer buffer = idle.poll();
        if (buffer != null) {
            idleCount.decrementAndGet();
        }
        return buffer;
    }

    void giveBack(DmaBuffer buffer) {
        if (idleCount.incrementAndGet() > kept) {
            idleCount.decrementAndGet();
            buffer.close();
        } else {
            idle.add(buffer);
        }
        if (closed) { // and nobody would take it any more
            freeIdle();
        }
    }

    /** Frees what nobody uses. */
    void freeIdle() {
        DmaBuffer buffer = takeIdle();
        while (buffer != null) {
            buffer.close();
            buffer = takeIdle();
        }
    }

    @Override
    public void close() {
        closed = true;
        freeIdle();
    }
}
