package dev.virtq.drivers.net;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;

/**
 * Buffers that do not push each other out of the cache.
 *
 * <p>A cache keeps a line in one of a few places, which its address chooses. The first lines of
 * buffers that are 2048 bytes apart share two sets of 64 or so, and all the others stay empty. With
 * an odd number of lines from one to the next they are spread over all sets.
 */
final class CacheLines {
    private static final int BYTES = 64;

    private CacheLines() {}

    /** {@return a buffer of so many bytes or a few more, at the start of a line} */
    static DmaBuffer allocate(DmaMemory memory, int bytes) {
        int lines = Math.ceilDiv(bytes, BYTES) | 1;
        return memory.allocateContiguous((long) lines * BYTES, BYTES);
    }
}
