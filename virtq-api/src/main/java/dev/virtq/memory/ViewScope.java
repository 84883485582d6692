package dev.virtq.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The open views of one buffer: they belong to one thread and end together.
 *
 * <p>Closing a confined arena costs a few nanoseconds and makes every later access throw; the price
 * is that only the thread that made the views can end them.
 */
final class ViewScope {
    private final Arena arena = Arena.ofConfined();
    private final Thread owner = Thread.currentThread();

    MemorySegment view(MemorySegment base) {
        // A view does not keep its base mapped. The cleanup action does: the arena holds the action,
        // the action holds the base, and so the mapping outlives every view of it.
        return base.reinterpret(arena, _ -> keepReachable(base));
    }

    boolean isOwnedByCurrentThread() {
        return owner == Thread.currentThread();
    }

    Thread owner() {
        return owner;
    }

    void close() {
        arena.close();
    }

    private static void keepReachable(MemorySegment base) {
        java.lang.ref.Reference.reachabilityFence(base);
    }
}
