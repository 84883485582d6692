package dev.virtq.memory;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The free bytes of one mapping, as runs of offsets. First fit, neighbours joined: simple, and
 * allocation is not on a hot path since transfers are prepared once and sent many times. Not thread
 * safe.
 */
final class FreeRuns {
    private final MemoryMapping mapping;
    private final TreeMap<Long, Long> lengthByOffset = new TreeMap<>();
    private long free;

    private FreeRuns(MemoryMapping mapping) {
        this.mapping = mapping;
    }

    /** {@return the runs of a mapping that nobody uses} */
    static FreeRuns all(MemoryMapping mapping) {
        FreeRuns runs = new FreeRuns(mapping);
        long size = mapping.segment().byteSize();
        if (size > 0) {
            runs.giveBack(0, size);
        }
        return runs;
    }

    /** {@return the runs of a mapping that is somebody's} */
    static FreeRuns none(MemoryMapping mapping) {
        return new FreeRuns(mapping);
    }

    boolean isAnyFree(long offset, long size) {
        Map.Entry<Long, Long> run = lengthByOffset.lowerEntry(offset + size);
        return run != null && run.getKey() + run.getValue() > offset;
    }

    long free() {
        return free;
    }

    /**
     * Takes bytes out.
     *
     * @param alignment a power of two, for the address on both sides
     * @param contiguous whether the bytes must lie in one extent
     * @return the offset, or -1 when no run is long enough
     */
    long take(long size, long alignment, boolean contiguous) {
        for (Map.Entry<Long, Long> run : lengthByOffset.entrySet()) {
            long offset = fit(run.getKey(), run.getValue(), size, alignment, contiguous);
            if (offset >= 0) {
                carve(run.getKey(), run.getValue(), offset, size);
                return offset;
            }
        }
        return -1;
    }

    /** Takes the bytes at that very offset. {@return whether they were free} */
    boolean takeAt(long offset, long size) {
        Map.Entry<Long, Long> run = lengthByOffset.floorEntry(offset);
        if (run == null || run.getKey() + run.getValue() < offset + size) {
            return false;
        }
        carve(run.getKey(), run.getValue(), offset, size);
        return true;
    }

    void giveBack(long offset, long size) {
        free += size;
        long start = offset;
        long length = size;
        Map.Entry<Long, Long> before = lengthByOffset.floorEntry(offset);
        if (before != null && before.getKey() + before.getValue() == offset) {
            start = before.getKey();
            length += before.getValue();
        }
        Map.Entry<Long, Long> after = lengthByOffset.ceilingEntry(offset + size);
        if (after != null && after.getKey() == offset + size) {
            length += after.getValue();
            lengthByOffset.remove(after.getKey());
        }
        lengthByOffset.put(start, length);
    }

    private long fit(long start, long length, long size, long alignment, boolean contiguous) {
        long position = start;
        long end = start + length;
        while (end - position >= size) {
            List<Extent> extents = mapping.translate(position, end - position);
            long extentLength = extents.getFirst().length();
            long padding = padding(position, extents.getFirst().address(), alignment);
            if (padding < extentLength) {
                long candidate = position + padding;
                long room = contiguous ? extentLength - padding : end - candidate;
                if (room >= size) {
                    return candidate;
                }
            }
            position += extentLength; // the next extent of this run
        }
        return -1;
    }

    /** How far to the next offset that is aligned for the device and for the JVM. */
    private long padding(long offset, long deviceAddress, long alignment) {
        long padding = -deviceAddress & (alignment - 1);
        long here = mapping.segment().address() + offset + padding;
        if ((here & (alignment - 1)) != 0) {
            throw new IllegalStateException(
                    "the mapping is not aligned to %d bytes on both sides: 0x%x here, 0x%x there"
                            .formatted(alignment, here, deviceAddress + padding));
        }
        return padding;
    }

    private void carve(long start, long length, long offset, long size) {
        lengthByOffset.remove(start);
        if (offset > start) {
            lengthByOffset.put(start, offset - start);
        }
        long end = offset + size;
        if (end < start + length) {
            lengthByOffset.put(end, start + length - end);
        }
        free -= size;
    }
}
