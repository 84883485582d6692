package dev.virtq.cli.session;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import java.util.List;
import java.util.Optional;

/**
 * A place where memory that is one run here is two for the device.
 *
 * @param before the address of the byte after the run below the hole
 * @param after the address of the first byte above the hole
 */
public record MemoryHole(long before, long after) {
    /**
     * {@return the first hole of a memory; empty when it has none}
     *
     * @param memory any memory
     */
    public static Optional<MemoryHole> of(DmaMemory memory) {
        for (MemoryMapping mapping : memory.mappings()) {
            List<Extent> extents = mapping.extents();
            for (int i = 1; i < extents.size(); i++) {
                Extent below = extents.get(i - 1);
                Extent above = extents.get(i);
                if (below.end() != above.address()) {
                    return Optional.of(new MemoryHole(below.end(), above.address()));
                }
            }
        }
        return Optional.empty();
    }

    /**
     * {@return a buffer that lies half below the hole and half above}
     *
     * @param memory the memory that has the hole
     * @param size in bytes; at least 2
     */
    public DmaBuffer straddle(DmaMemory memory, long size) {
        return memory.allocateAt(before - size / 2, size);
    }
}
