package dev.virtq.drivers.net;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;

/**
 * Buffers that do not push each other out of the cache.
 *
 * <p>A cache keeps a line in one of a few places, which its address chooses. The first lines of
 * buffers that are 2048 bytes apart share two sets of 64 or so, and all the others stay empty. With
 * an odd number of lines from one to the next they are spread over all sets.
 *
 * <p>Nor do they take lines from each other: whoever goes through a long frame fetches a few lines
 * beyond its end, since the processor expects it to go on. These are nobody's, and not the header
 * of the next buffer, which the other side has in use.
 */
final class CacheLines {
    private static final int BYTES = 64;

    /**
     * Lines between two buffers at least. With one, long frames came a third slower; eight are no
     * better.
     */
    private static final int GAP = 4;

    private CacheLines() {}

    /** {@return a buffer of so many bytes or a few more, at the start of a line} */
    static DmaBuffer allocate(DmaMemory memory, int bytes) {
        int lines = Math.ceilDiv(bytes, BYTES) + GAP | 1;
        return memory.allocateContiguous((long) lines * BYTES, BYTES);
    }
}
