package dev.virtq.split;

import dev.virtq.device.QueueSetup;
import dev.virtq.memory.BufferClaim;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.queue.ring.RingOwnMemory;
import java.lang.foreign.MemorySegment;

/**
 * The memory of one split ring, in one piece. Each part begins on a cache line pair of its own: the
 * driver writes one ring and the device the other, and neither should take the other's line away.
 * (Section 2.7 asks for 16, 2 and 4 bytes of alignment.)
 */
final class SplitRingMemory {
    private static final long ALIGNMENT = 128;

    private final int size;
    private final DmaMemory dma;
    private final BufferClaim claim;
    private final long driverAreaOffset;
    private final long deviceAreaOffset;

    SplitRingMemory(DmaMemory dma, int size) {
        this.size = size;
        this.dma = dma;
        driverAreaOffset = aligned(SplitLayout.descriptorAreaBytes(size));
        deviceAreaOffset = driverAreaOffset + aligned(SplitLayout.driverAreaBytes(size));
        DmaBuffer buffer =
                dma.allocateContiguous(
                        deviceAreaOffset + SplitLayout.deviceAreaBytes(size), ALIGNMENT);
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
                0);
    }

    MemorySegment descriptors() {
        return claim.segment().asSlice(0, SplitLayout.descriptorAreaBytes(size));
    }

    MemorySegment available() {
        return claim.segment().asSlice(driverAreaOffset, SplitLayout.driverAreaBytes(size));
    }

    MemorySegment used() {
        return claim.segment().asSlice(deviceAreaOffset, SplitLayout.deviceAreaBytes(size));
    }

    /** As a ring starts: nothing available, nothing used (2.7.10.1#1). */
    void clearRings() {
        available().fill((byte) 0);
        used().fill((byte) 0);
    }

    void free() {
        claim.free();
    }

    void quarantine() {
        claim.quarantine();
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }
}
