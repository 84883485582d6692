package dev.virtq.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory that the driver and the device share: one segment here, one or more extents there.
 *
 * <p>The extents follow one another in the order of the segment's bytes. They need not touch in the
 * device's address space: the RAM of a PC is one file for the host and has a hole below 4 GiB for
 * the guest.
 *
 * @param segment the memory as the JVM sees it. It must be native, and kept alive by its own
 *     reachability ({@link java.lang.foreign.Arena#ofAuto} or global): a mapping that is unmapped
 *     under a view crashes the JVM
 * @param extents the same bytes as the device sees them
 */
public record MemoryMapping(MemorySegment segment, List<Extent> extents) {
    /**
     * Refuses extents that do not cover the segment exactly, or that overlap, and a segment that is
     * not native, not writable, or for one thread only. That nobody closes the arena of the segment
     * cannot be seen here: it is the caller's promise.
     */
    public MemoryMapping {
        extents = List.copyOf(extents);
        long covered = extents.stream().mapToLong(Extent::length).sum();
        if (covered != segment.byteSize()) {
            throw new IllegalArgumentException(
                    "the extents cover %d bytes, the segment has %d"
                            .formatted(covered, segment.byteSize()));
        }
        for (int i = 0; i < extents.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (extents.get(i).overlaps(extents.get(j))) {
                    throw new IllegalArgumentException(
                            "%s and %s of one mapping overlap"
                                    .formatted(extents.get(j), extents.get(i)));
                }
            }
        }
        if (!segment.isNative() || segment.isReadOnly()) {
            throw new IllegalArgumentException(
                    "device memory must be a native, writable segment, got " + segment);
        }
        if (!segment.isAccessibleBy(Thread.ofVirtual().unstarted(() -> {}))) {
            throw new IllegalArgumentException(
                    "device memory must be accessible from every thread: map it in Arena.ofAuto()");
        }
    }

    /**
     * {@return a mapping that is contiguous on both sides}
     *
     * @param segment the memory as the JVM sees it
     * @param deviceAddress where it starts for the device
     */
    public static MemoryMapping contiguous(MemorySegment segment, long deviceAddress) {
        return new MemoryMapping(segment, List.of(new Extent(deviceAddress, segment.byteSize())));
    }

    /**
     * Translates a range of the segment.
     *
     * @param offset where the range starts, in bytes from the start of the segment
     * @param length how many bytes it has; positive
     * @return the extents that the range covers, in order
     */
    List<Extent> translate(long offset, long length) {
        List<Extent> found = new ArrayList<>(1);
        long start = 0;
        long position = offset;
        long left = length;
        for (Extent extent : extents) {
            long end = start + extent.length();
            if (position < end) {
                long here = Math.min(left, end - position);
                found.add(new Extent(extent.address() + (position - start), here));
                position += here;
                left -= here;
                if (left == 0) {
                    return found;
                }
            }
            start = end;
        }
        throw new IllegalArgumentException(
                "%d bytes at offset %d (expected: within %d bytes)"
                        .formatted(length, offset, segment.byteSize()));
    }

    /**
     * Finds a device address.
     *
     * @param address as the device sees it
     * @return the offset of that byte in the segment; -1 when this mapping does not have it
     */
    long offsetOf(long address) {
        long start = 0;
        for (Extent extent : extents) {
            long into = address - extent.address();
            if (into >= 0 && into < extent.length()) {
                return start + into;
            }
            start += extent.length();
        }
        return -1;
    }
}
