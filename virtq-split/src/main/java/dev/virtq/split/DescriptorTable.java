package dev.virtq.split;

import static dev.virtq.split.SplitLayout.DESCRIPTOR_ADDRESS;
import static dev.virtq.split.SplitLayout.DESCRIPTOR_FLAGS;
import static dev.virtq.split.SplitLayout.DESCRIPTOR_LENGTH;
import static dev.virtq.split.SplitLayout.DESCRIPTOR_NEXT;

import java.lang.foreign.MemorySegment;

/**
 * The descriptors in an area, or in an indirect table (virtio 1.4, section 2.7.5). Section 2.7.5.3
 * asks for no alignment of an indirect table, so none is expected here.
 */
final class DescriptorTable {
    private final MemorySegment memory;

    DescriptorTable(MemorySegment memory) {
        this.memory = memory;
    }

    int size() {
        return (int) (memory.byteSize() / SplitLayout.DESCRIPTOR_BYTES);
    }

    void write(int slot, long address, int length, int flags, int next) {
        long at = SplitLayout.descriptor(slot);
        memory.set(SplitLayout.UNALIGNED_LONG, at + DESCRIPTOR_ADDRESS, address);
        memory.set(SplitLayout.UNALIGNED_INT, at + DESCRIPTOR_LENGTH, length);
        memory.set(SplitLayout.UNALIGNED_SHORT, at + DESCRIPTOR_FLAGS, (short) flags);
        memory.set(SplitLayout.UNALIGNED_SHORT, at + DESCRIPTOR_NEXT, (short) next);
    }

    long address(int slot) {
        return memory.get(
                SplitLayout.UNALIGNED_LONG, SplitLayout.descriptor(slot) + DESCRIPTOR_ADDRESS);
    }

    /** {@return the length, 0 to 2^32-1} */
    long length(int slot) {
        int length =
                memory.get(
                        SplitLayout.UNALIGNED_INT,
                        SplitLayout.descriptor(slot) + DESCRIPTOR_LENGTH);
        return Integer.toUnsignedLong(length);
    }

    int flags(int slot) {
        short flags =
                memory.get(
                        SplitLayout.UNALIGNED_SHORT,
                        SplitLayout.descriptor(slot) + DESCRIPTOR_FLAGS);
        return Short.toUnsignedInt(flags);
    }

    int next(int slot) {
        short next =
                memory.get(
                        SplitLayout.UNALIGNED_SHORT,
                        SplitLayout.descriptor(slot) + DESCRIPTOR_NEXT);
        return Short.toUnsignedInt(next);
    }
}
