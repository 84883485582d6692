package dev.virtq.memory;

import java.lang.foreign.MemorySegment;

/**
 * One registered mapping of a {@link DmaMemory}, and what of it can still be allocated.
 *
 * @param mapping the memory, on both sides
 * @param runs what is free in it; not thread safe
 */
record MemoryPool(MemoryMapping mapping, FreeRuns runs) {
    /** What is not here. */
    static final long NOWHERE = -1;

    /**
     * Refuses what overlaps, on either side.
     *
     * @throws IllegalArgumentException when it overlaps
     */
    void checkApart(MemoryMapping other) {
        for (Extent old : mapping.extents()) {
            for (Extent added : other.extents()) {
                if (old.overlaps(added)) {
                    throw new IllegalArgumentException(
                            "%s overlaps %s, which is registered".formatted(added, old));
                }
            }
        }
        if (mapping.segment().asOverlappingSlice(other.segment()).isPresent()) {
            throw new IllegalArgumentException(
                    "the segment overlaps one that is registered: " + other.segment());
        }
    }

    /**
     * {@return where bytes that the device sees at an address lie; {@link #NOWHERE} if not here}
     */
    long offsetOf(long address, long size) {
        long offset = mapping.offsetOf(address);
        return offset >= 0 && size <= mapping.segment().byteSize() - offset ? offset : NOWHERE;
    }

    /** {@return where a native segment lies; {@link #NOWHERE} if not here, or not all of it} */
    long offsetOf(MemorySegment segment) {
        long offset = segment.address() - mapping.segment().address();
        return offset >= 0 && offset <= mapping.segment().byteSize() - segment.byteSize()
                ? offset
                : NOWHERE;
    }
}
