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

    private final long[] starts;
    private final long[] lengths;
    private final MemorySegment[] segments;

    private DeviceAddresses(List<Extent> extents, List<MemorySegment> parts) {
        starts = extents.stream().mapToLong(Extent::address).toArray();
        lengths = extents.stream().mapToLong(Extent::length).toArray();
        segments = parts.toArray(MemorySegment[]::new);
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
        for (int i = 0; i < starts.length; i++) {
            long into = address - starts[i];
            if (into >= 0 && into < lengths[i] && length >= 0 && length <= lengths[i] - into) {
                return i;
            }
        }
        return NOWHERE;
    }

    /** {@return the bytes, as found by {@link #find}} */
    MemorySegment bytes(int extent, long address, long length) {
        return segments[extent].asSlice(address - starts[extent], length);
    }
}
