package dev.virtq.split;

import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import java.lang.foreign.MemorySegment;

/**
 * The three areas of somebody's split ring, found by their device addresses.
 *
 * @param descriptors the descriptor area
 * @param available the driver area
 * @param used the device area
 */
record SplitAreas(MemorySegment descriptors, MemorySegment available, MemorySegment used) {
    /** Refuses a ring that is not in memory, or not aligned (2.7.1#1). */
    static SplitAreas find(QueueSetup setup, DmaMemory memory) {
        int size = setup.size();
        return new SplitAreas(
                area(
                        memory,
                        "descriptor area",
                        setup.descriptorArea(),
                        SplitLayout.descriptorAreaBytes(size),
                        16),
                area(
                        memory,
                        "driver area",
                        setup.driverArea(),
                        SplitLayout.driverAreaBytes(size),
                        2),
                area(
                        memory,
                        "device area",
                        setup.deviceArea(),
                        SplitLayout.deviceAreaBytes(size),
                        4));
    }

    private static MemorySegment area(
            DmaMemory memory, String name, long address, long bytes, long alignment) {
        if (address % alignment != 0) {
            throw new IllegalArgumentException(
                    "the %s at 0x%x is not aligned to %d bytes, as 2.7.1#1 asks for"
                            .formatted(name, address, alignment));
        }
        return memory.at(address, bytes)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "the %s, %d bytes at 0x%x, is not in memory"
                                        .formatted(name, bytes, address)));
    }
}
