package dev.virtq.machine.sim.device;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Frames that have come from the network and wait for a receive buffer. When too many wait, new
 * ones are dropped, as on any network. Threads: any.
 */
final class FrameBacklog {
    private static final int CAPACITY = 1024;

    private final ArrayDeque<MemorySegment> frames = new ArrayDeque<>();
    private long dropped;

    synchronized void add(MemorySegment frame) {
        if (frames.size() == CAPACITY) {
            dropped++;
        } else {
            byte[] copy = new byte[Math.toIntExact(frame.byteSize())];
            frames.add(MemorySegment.ofArray(copy).copyFrom(frame));
        }
    }

    synchronized @Nullable MemorySegment first() {
        return frames.peekFirst();
    }

    synchronized void removeFirst() {
        frames.removeFirst();
    }

    synchronized void dropFirst() {
        frames.removeFirst();
        dropped++;
    }

    synchronized void clear() {
        frames.clear();
    }

    synchronized long dropped() {
        return dropped;
    }
}
