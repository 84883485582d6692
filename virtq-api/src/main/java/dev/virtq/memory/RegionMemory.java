package dev.virtq.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The memory of a region that the device shares (virtio 1.4, section 2.10), as this process reaches
 * it. It is not memory of the driver: no ring and no buffer lies in it.
 *
 * <pre>{@code
 * RegionMemory memory = transport.sharedMemory(region).orElseThrow();
 * try (Arena arena = Arena.ofConfined()) {
 *     MemorySegment view = memory.view(0, 4096, arena, () -> log("nobody can reach it any more"));
 * }
 * }</pre>
 *
 * <p>Every view keeps the memory mapped, whatever becomes of the device. Threads: any.
 */
public class RegionMemory {
    /** What has views that never end. */
    private static final Set<RegionMemory> FOR_EVER = ConcurrentHashMap.newKeySet();

    private final MemorySegment segment;

    /**
     * Takes memory over.
     *
     * @param segment native memory that any thread may use, kept alive by its own reachability
     *     ({@link Arena#ofAuto} or global): a mapping that is unmapped under a view crashes the JVM
     */
    public RegionMemory(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException(
                    "shared memory must be a native segment, got " + segment);
        }
        if (!segment.isAccessibleBy(Thread.ofVirtual().unstarted(() -> {}))) {
            throw new IllegalArgumentException(
                    "shared memory must be accessible from every thread: map it in Arena.ofAuto()");
        }
        this.segment = segment;
    }

    /** {@return how many bytes there are} */
    public final long size() {
        return segment.byteSize();
    }

    /**
     * Makes a view, and tells when it and all that was made of it is gone for certain: the arena
     * was closed, or, where the garbage collector closes it, nothing of it is reachable any more.
     *
     * @param offset where it starts, in bytes
     * @param length how many bytes it has
     * @param arena how long it can be used, and by whom
     * @param whenGone what is done then, once; in the thread that closes the arena, or in one of
     *     the JDK. Never done for a view in {@link Arena#global}
     * @return the view
     * @throws IndexOutOfBoundsException when that is not within the memory
     * @throws IllegalStateException when the arena was closed
     * @throws WrongThreadException when the arena is another thread's
     */
    public final MemorySegment view(long offset, long length, Arena arena, Runnable whenGone) {
        Objects.requireNonNull(whenGone);
        MemorySegment base = segment.asSlice(offset, length);
        if (arena.scope().equals(Arena.global().scope())) {
            FOR_EVER.add(this); // that arena holds no cleanup action
        }
        // The arena holds the action, the action holds the base, and so the base stays mapped.
        return base.reinterpret(arena, new WhenGone(base, whenGone)::run);
    }

    /**
     * Makes a view of a part in which the device shows one thing, as {@link #view}; where this
     * process can, as a mapping of its own, with all that {@link java.nio.channels.FileChannel#map}
     * promises: it can be loaded and forced, and keeps what it shows when the device shows
     * something else in that part.
     *
     * @param offset where it starts, in bytes
     * @param length how many bytes it has, 1 or more
     * @param write whether it can be written
     * @param arena how long it can be used, and by whom
     * @param whenGone what is done then, once, as of {@link #view}
     * @return the view
     * @throws IOException when nothing is shown there, or there is no room for the mapping
     */
    public MemorySegment map(
            long offset, long length, boolean write, Arena arena, Runnable whenGone)
            throws IOException {
        MemorySegment view = view(offset, length, arena, whenGone);
        return write ? view : view.asReadOnly();
    }

    private record WhenGone(MemorySegment base, Runnable action) {
        void run(MemorySegment view) {
            action.run();
        }
    }
}
