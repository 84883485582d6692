package dev.virtq.drivers.fs.fuse;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

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
        DmaBuffer buffer = idle.poll();
        if (buffer == null) {
            return memory.allocate(size);
        }
        idleCount.decrementAndGet();
        return buffer;
    }

    void giveBack(DmaBuffer buffer) {
        if (idleCount.incrementAndGet() > kept) {
            idleCount.decrementAndGet();
            buffer.close();
        } else {
            idle.add(buffer);
        }
    }

    @Override
    public void close() {
        DmaBuffer buffer = idle.poll();
        while (buffer != null) {
            buffer.close();
            buffer = idle.poll();
        }
    }
}
