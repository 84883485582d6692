package dev.virtq.packed;

import dev.virtq.device.QueueSetup;
import dev.virtq.memory.BufferClaim;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.queue.ring.RingOwnMemory;
import java.lang.foreign.MemorySegment;

/**
 * The memory of one packed ring, in one piece. Each part begins on a cache line pair of its own:
 * each event suppression structure is written by one side and read by the other, and neither should
 * take descriptors away with it. (Section 2.8.10.1 asks for 16, 4 and 4 bytes of alignment.)
 */
final class PackedRingMemory {
    private static final long ALIGNMENT = 128;

    private final int size;
    private final DmaMemory dma;
    private final BufferClaim claim;
    private final long driverAreaOffset;
    private final long deviceAreaOffset;

    PackedRingMemory(DmaMemory dma, int size) {
        this.size = size;
        this.dma = dma;
        driverAreaOffset =
                (PackedLayout.descriptorAreaBytes(size) + ALIGNMENT - 1) & -ALIGNMENT; // 2.8.11#1
        deviceAreaOffset = driverAreaOffset + ALIGNMENT;
        DmaBuffer buffer =
                dma.allocateContiguous(deviceAreaOffset + PackedLayout.EVENT_BYTES, ALIGNMENT);
        claim = buffer.claim(RingOwnMemory.AREAS);
    }

    DmaMemory dma() {
        return dma;
    }

    QueueSetup setup() {
        Extent extent = claim.extents().getFirst();
        return new QueueSetup(
                size,
                extent.address(),
                extent.address() + driverAreaOffset,
                extent.address() + deviceAreaOffset,
                RingPosition.START_STATE);
    }

    MemorySegment descriptors() {
        return claim.segment().asSlice(0, PackedLayout.descriptorAreaBytes(size));
    }

    MemorySegment driverEvent() {
        return claim.segment().asSlice(driverAreaOffset, PackedLayout.EVENT_BYTES);
    }

    MemorySegment deviceEvent() {
        return claim.segment().asSlice(deviceAreaOffset, PackedLayout.EVENT_BYTES);
    }

    /** As a ring starts: all zero (2.8.13), which is used by a wrap counter of 0. */
    void clear() {
        claim.segment().fill((byte) 0);
    }

    void free() {
        claim.free();
    }

    void quarantine() {
        claim.quarantine();
    }
}
