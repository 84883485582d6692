package dev.virtq.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

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
        return base.reinterpret(arena, new KeepMapped(base));
    }

    boolean isOwnedByCurrentThread() {
        return owner == Thread.currentThread();
    }

    Thread owner() {
        return owner;
    }

    /**
     * {@return whether {@link #close} ends the views: here, or because nobody is left who could use
     * them, as their thread has ended}
     */
    boolean canEndHere() {
        return isOwnedByCurrentThread() || !owner.isAlive();
    }

    void close() {
        if (isOwnedByCurrentThread()) {
            arena.close();
        }
    }

    /**
     * A view does not keep its base mapped. This cleanup action does: the arena holds the action,
     * the action holds the base, and so the mapping outlives every view of it.
     */
    private record KeepMapped(MemorySegment base) implements Consumer<MemorySegment> {
        @Override
        public void accept(MemorySegment view) {
            // Being referenced was all that it was for.
        }
    }
}
