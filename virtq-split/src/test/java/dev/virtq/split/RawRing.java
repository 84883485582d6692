package dev.virtq.split;

import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A split ring as bytes: what a hostile device or driver pokes, and what a test reads. Offsets are
 * written out as in the standard's structures (2.7.5, 2.7.6, 2.7.8), so that they cannot be wrong
 * together with the ones under test.
 */
final class RawRing {
    private static final ValueLayout.OfShort LE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LE64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    final int size;
    final MemorySegment descriptors;
    final MemorySegment available;
    final MemorySegment used;

    RawRing(QueueSetup setup, DmaMemory memory) {
        size = setup.size();
        descriptors = memory.at(setup.descriptorArea(), 16L * size).orElseThrow();
        available = memory.at(setup.driverArea(), 6 + 2L * size).orElseThrow();
        used = memory.at(setup.deviceArea(), 6 + 8L * size).orElseThrow();
    }

    static Descriptor descriptor(MemorySegment table, int slot) {
        return new Descriptor(
                table.get(LE64, 16L * slot),
                Integer.toUnsignedLong(table.get(LE32, 16L * slot + 8)),
                Short.toUnsignedInt(table.get(LE16, 16L * slot + 12)),
                Short.toUnsignedInt(table.get(LE16, 16L * slot + 14)));
    }

    static void putDescriptor(MemorySegment table, int slot, Descriptor descriptor) {
        table.set(LE64, 16L * slot, descriptor.address());
        table.set(LE32, 16L * slot + 8, (int) descriptor.length());
        table.set(LE16, 16L * slot + 12, (short) descriptor.flags());
        table.set(LE16, 16L * slot + 14, (short) descriptor.next());
    }

    Descriptor descriptor(int slot) {
        return descriptor(descriptors, slot);
    }

    void putDescriptor(int slot, long address, long length, int flags, int next) {
        putDescriptor(descriptors, slot, new Descriptor(address, length, flags, next));
    }

    int availableFlags() {
        return u16(available, 0);
    }

    void availableFlags(int flags) {
        available.set(LE16, 0, (short) flags);
    }

    int availableIndex() {
        return u16(available, 2);
    }

    void availableIndex(int index) {
        available.set(LE16, 2, (short) index);
    }

    int availableEntry(int position) {
        return u16(available, 4 + 2L * (position & (size - 1)));
    }

    void availableEntry(int position, int head) {
        available.set(LE16, 4 + 2L * (position & (size - 1)), (short) head);
    }

    int usedEvent() {
        return u16(available, 4 + 2L * size);
    }

    void usedEvent(int index) {
        available.set(LE16, 4 + 2L * size, (short) index);
    }

    int usedFlags() {
        return u16(used, 0);
    }

    void usedFlags(int flags) {
        used.set(LE16, 0, (short) flags);
    }

    int usedIndex() {
        return u16(used, 2);
    }

    void usedIndex(int index) {
        used.set(LE16, 2, (short) index);
    }

    int usedId(int position) {
        return used.get(LE32, 4 + 8L * (position & (size - 1)));
    }

    long usedLength(int position) {
        return Integer.toUnsignedLong(used.get(LE32, 8 + 8L * (position & (size - 1))));
    }

    void usedEntry(int position, int id, long length) {
        used.set(LE32, 4 + 8L * (position & (size - 1)), id);
        used.set(LE32, 8 + 8L * (position & (size - 1)), (int) length);
    }

    int availEvent() {
        return u16(used, 4 + 8L * size);
    }

    void availEvent(int index) {
        used.set(LE16, 4 + 8L * size, (short) index);
    }

    /** As a device uses one chain, in full view of nobody who checks it. */
    void use(int id, long length) {
        usedEntry(usedIndex(), id, length);
        usedIndex(usedIndex() + 1);
    }

    /** As a driver makes one chain available, whatever it is. */
    void makeAvailable(int head) {
        availableEntry(availableIndex(), head);
        availableIndex(availableIndex() + 1);
    }

    private static int u16(MemorySegment area, long offset) {
        return Short.toUnsignedInt(area.get(LE16, offset));
    }

    /** A {@code struct virtq_desc}. */
    record Descriptor(long address, long length, int flags, int next) {
        static final int NEXT = 1;
        static final int WRITE = 2;
        static final int INDIRECT = 4;
    }
}
