package dev.virtq.packed;

import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import java.lang.foreign.MemorySegment;

/**
 * The three areas of somebody's packed ring, found by their device addresses.
 *
 * @param descriptors the descriptor area
 * @param driverEvent the driver area: what the driver asks for
 * @param deviceEvent the device area: what the device asks for
 */
record PackedAreas(
        MemorySegment descriptors, MemorySegment driverEvent, MemorySegment deviceEvent) {
    /** Refuses a ring that is not in memory, or not aligned (2.8.11#1). */
    static PackedAreas find(QueueSetup setup, DmaMemory memory) {
        return new PackedAreas(
                area(
                        memory,
                        "descriptor area",
                        setup.descriptorArea(),
                        PackedLayout.descriptorAreaBytes(setup.size()),
                        PackedLayout.DESCRIPTOR_BYTES),
                area(memory, "driver area", setup.driverArea(), PackedLayout.EVENT_BYTES, 4),
                area(memory, "device area", setup.deviceArea(), PackedLayout.EVENT_BYTES, 4));
    }

    private static MemorySegment area(
            DmaMemory memory, String name, long address, long bytes, long alignment) {
        if (address % alignment != 0) {
            throw new IllegalArgumentException(
                    "the %s at 0x%x is not aligned to %d bytes, as 2.8.11#1 asks for"
                            .formatted(name, address, alignment));
        }
        return memory.at(address, bytes)
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "the %s, %d bytes at 0x%x, is not in memory"
                                        .formatted(name, bytes, address)));
    }
}
