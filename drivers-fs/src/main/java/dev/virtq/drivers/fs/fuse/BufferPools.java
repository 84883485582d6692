package dev.virtq.drivers.fs.fuse;

import dev.virtq.memory.DmaMemory;
import java.util.ArrayList;
import java.util.List;

/** Pools of buffers for payloads of any size up to the largest. */
final class BufferPools implements AutoCloseable {
    /** Larger steps than two would waste memory, smaller ones make buffers that fit nobody else. */
    private static final int STEP = 4;

    private static final int SMALLEST = 4096;
    private static final long KEPT_BYTES = 4 << 20; // of each size

    private final List<BufferPool> bySize = new ArrayList<>();

    BufferPools(DmaMemory memory, long largest) {
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

    @Override
    public void close() {
        bySize.forEach(BufferPool::close);
    }
}
