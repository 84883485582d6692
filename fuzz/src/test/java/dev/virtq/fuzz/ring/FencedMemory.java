package dev.virtq.fuzz.ring;

import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Memory for one program: a piece that rings and tables are in, and a piece of buffers, at
 * addresses far apart. Around and between them are fences, and everything begins as one pattern, so
 * that a byte that somebody wrote where he had no business shows. It is the same memory for all
 * programs: to allocate it anew would cost more than they do.
 */
public final class FencedMemory {
    /** Where the ring's piece is, for the device. */
    public static final long RING_ADDRESS = 0x1_0000_0000L;

    /** Where the buffers' piece is, for the device. */
    public static final long DATA_ADDRESS = 0x2_0000_1000L;

    static final int RING_BYTES = 12 << 10;
    static final int DATA_BYTES = 1 << 10;
    private static final int FENCE = 128;
    private static final byte PATTERN = (byte) 0xa5;

    private static final int DATA_AT = FENCE + RING_BYTES + FENCE;
    private static final int ALL_BYTES = DATA_AT + DATA_BYTES + FENCE;
    private static final MemorySegment ALL = Arena.global().allocate(ALL_BYTES, 4096);
    private static final MemorySegment IMAGE = Arena.global().allocate(ALL_BYTES, 4096);

    /** What rings and tables are in. */
    final MemorySegment ring = ALL.asSlice(FENCE, RING_BYTES);

    /** What buffers are in. */
    final MemorySegment data = ALL.asSlice(DATA_AT, DATA_BYTES);

    private final DmaMemory dma;

    FencedMemory() {
        ALL.fill(PATTERN);
        dma = new DmaMemory(MemoryMapping.contiguous(ring, RING_ADDRESS));
        dma.register(MemoryMapping.contiguous(data, DATA_ADDRESS));
    }

    DmaMemory dma() {
        return dma;
    }

    /** {@return bytes that are surely there} */
    MemorySegment at(long address, long length) {
        return dma.at(address, length).orElseThrow();
    }

    /** Remembers everything as it is now. */
    void remember() {
        IMAGE.copyFrom(ALL);
    }

    /** Fails when anything is not as it was remembered, in buffers and fences, too. */
    void checkUnchanged(String who) {
        checkUnchangedBut(who);
    }

    /** Fails when anything but those parts is not as it was remembered. */
    void checkUnchangedBut(String who, MemorySegment... parts) {
        for (MemorySegment part : parts) {
            IMAGE.asSlice(part.address() - ALL.address(), part.byteSize()).copyFrom(part);
        }
        long difference = ALL.mismatch(IMAGE);
        if (difference >= 0) {
            throw new AssertionError(
                    "%s changed %s (it was 0x%02x, it is 0x%02x)"
                            .formatted(
                                    who,
                                    place(difference),
                                    IMAGE.get(ValueLayout.JAVA_BYTE, difference),
                                    ALL.get(ValueLayout.JAVA_BYTE, difference)));
        }
    }

    /**
     * Fails when anything but the ring's piece is not as it was remembered; there, the part, too.
     */
    void checkUnchangedButRing(String who, MemorySegment part) {
        MemorySegment before = IMAGE.asSlice(part.address() - ALL.address(), part.byteSize());
        if (part.mismatch(before) >= 0) {
            throw new AssertionError(who + " changed what only the device writes");
        }
        checkUnchangedBut(who, ring);
    }

    private static String place(long offset) {
        if (offset >= FENCE && offset < FENCE + RING_BYTES) {
            return "byte 0x%x of the ring's memory".formatted(offset - FENCE);
        }
        if (offset >= DATA_AT && offset < DATA_AT + DATA_BYTES) {
            return "byte 0x%x of the buffers' memory".formatted(offset - DATA_AT);
        }
        return "a fence, at 0x%x".formatted(offset);
    }
}
