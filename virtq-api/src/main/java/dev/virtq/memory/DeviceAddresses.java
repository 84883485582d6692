package dev.virtq.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a device's addresses lead: all extents side by side, in arrays, since a device end asks for
 * every descriptor that it takes. Immutable.
 */
final class DeviceAddresses {
    static final int NOWHERE = -1;

    /** The first extent once more: in most machines that is all there is. */
    private final long firstStart;

    private final long firstLength;
    private final long[] starts;
    private final long[] lengths;
    private final MemorySegment[] segments;

    private DeviceAddresses(List<Extent> extents, List<MemorySegment> parts) {
        starts = extents.stream().mapToLong(Extent::address).toArray();
        lengths = extents.stream().mapToLong(Extent::length).toArray();
        segments = parts.toArray(MemorySegment[]::new);
        firstStart = starts.length > 0 ? starts[0] : 0;
        firstLength = lengths.length > 0 ? lengths[0] : 0;
    }

    static DeviceAddresses of(List<MemoryMapping> mappings) {
        List<Extent> extents = new ArrayList<>();
        List<MemorySegment> parts = new ArrayList<>();
        for (MemoryMapping mapping : mappings) {
            long offset = 0;
            for (Extent extent : mapping.extents()) {
                extents.add(extent);
                parts.add(mapping.segment().asSlice(offset, extent.length()));
                offset += extent.length();
            }
        }
        return new DeviceAddresses(extents, parts);
    }

    /** {@return which extent has all of the bytes; {@link #NOWHERE} when none has} */
    int find(long address, long length) {
        return isWithin(firstStart, firstLength, address, length) ? 0 : search(address, length);
    }

    private int search(long address, long length) {
        for (int i = 1; i < starts.length; i++) {
            if (isWithin(starts[i], lengths[i], address, length)) {
                return i;
            }
        }
        return NOWHERE;
    }

    private static boolean isWithin(long start, long extent, long address, long length) {
        long into = address - start;
        return into >= 0 && into < extent && length >= 0 && length <= extent - into;
    }

    /** {@return the bytes, as found by {@link #find}} */
    MemorySegment bytes(int extent, long address, long length) {
        return segments[extent].asSlice(address - starts[extent], length);
    }
}
