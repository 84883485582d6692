package dev.virtq.split;

import static dev.virtq.split.SplitLayout.UNALIGNED_LONG;

import java.lang.foreign.MemorySegment;

/**
 * The descriptors in an area, or in an indirect table (virtio 1.4, section 2.7.5). Section 2.7.5.3
 * asks for no alignment of an indirect table, so none is expected here.
 *
 * <p>A descriptor is read and written as two words of 64 bits: its address, and {@linkplain #rest
 * the rest}, {@code le32 len; le16 flags; le16 next}.
 */
final class DescriptorTable {
    private static final long REST = SplitLayout.DESCRIPTOR_LENGTH;

    private final MemorySegment memory;
    private final long start;
    private final int size;

    DescriptorTable(MemorySegment memory) {
        this(memory, 0, memory.byteSize());
    }

    /** Makes a table of a part of memory, from an offset on. */
    DescriptorTable(MemorySegment memory, long start, long bytes) {
        this.memory = memory;
        this.start = start;
        size = (int) (bytes / SplitLayout.DESCRIPTOR_BYTES);
    }

    int size() {
        return size;
    }

    void write(int slot, long address, int length, int flags, int next) {
        long at = start + SplitLayout.descriptor(slot);
        long rest = Integer.toUnsignedLong(length) | (long) flags << 32 | (long) next << 48;
        memory.set(UNALIGNED_LONG, at, address);
        memory.set(UNALIGNED_LONG, at + REST, rest);
    }

    long address(int slot) {
        return memory.get(UNALIGNED_LONG, start + SplitLayout.descriptor(slot));
    }

    /** {@return length, flags and next, read once} */
    long rest(int slot) {
        return memory.get(UNALIGNED_LONG, start + SplitLayout.descriptor(slot) + REST);
    }

    /** {@return the length, 0 to 2^32-1} */
    static long length(long rest) {
        return rest & 0xffff_ffffL;
    }

    static int flags(long rest) {
        return (int) (rest >>> 32) & 0xffff;
    }

    static int next(long rest) {
        return (int) (rest >>> 48);
    }
}
