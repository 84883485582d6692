package dev.virtq.packed;

import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A packed ring as bytes: what a hostile device or driver pokes, and what a test reads. Offsets are
 * written out as in the standard's structures (2.8.13, 2.8.14), so that they cannot be wrong
 * together with the ones under test.
 */
final class RawRing {
    static final int NEXT = 1;
    static final int WRITE = 2;
    static final int INDIRECT = 4;
    static final int AVAIL = 0x80;
    static final int USED = 0x8000;

    private static final ValueLayout.OfShort LE16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LE64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    final int size;
    final MemorySegment descriptors;
    final MemorySegment driverEvent;
    final MemorySegment deviceEvent;

    RawRing(QueueSetup setup, DmaMemory memory) {
        size = setup.size();
        descriptors = memory.at(setup.descriptorArea(), 16L * size).orElseThrow();
        driverEvent = memory.at(setup.driverArea(), 4).orElseThrow();
        deviceEvent = memory.at(setup.deviceArea(), 4).orElseThrow();
    }

    static Descriptor descriptor(MemorySegment table, int slot) {
        return new Descriptor(
                table.get(LE64, 16L * slot),
                Integer.toUnsignedLong(table.get(LE32, 16L * slot + 8)),
                Short.toUnsignedInt(table.get(LE16, 16L * slot + 12)),
                Short.toUnsignedInt(table.get(LE16, 16L * slot + 14)));
    }

    static void put(MemorySegment table, int slot, Descriptor descriptor) {
        table.set(LE64, 16L * slot, descriptor.address());
        table.set(LE32, 16L * slot + 8, (int) descriptor.length());
        table.set(LE16, 16L * slot + 12, (short) descriptor.id());
        table.set(LE16, 16L * slot + 14, (short) descriptor.flags());
    }

    Descriptor descriptor(int slot) {
        return descriptor(descriptors, slot);
    }

    int flags(int slot) {
        return descriptor(slot).flags();
    }

    void put(int slot, long address, long length, int id, int flags) {
        put(descriptors, slot, new Descriptor(address, length, id, flags));
    }

    /** As most devices do it: length and id, then the flags; the address stays. */
    void use(int slot, int id, long length, int flags) {
        descriptors.set(LE32, 16L * slot + 8, (int) length);
        descriptors.set(LE16, 16L * slot + 12, (short) id);
        descriptors.set(LE16, 16L * slot + 14, (short) flags);
    }

    int driverEventPosition() {
        return Short.toUnsignedInt(driverEvent.get(LE16, 0));
    }

    int driverEventFlags() {
        return Short.toUnsignedInt(driverEvent.get(LE16, 2));
    }

    int deviceEventPosition() {
        return Short.toUnsignedInt(deviceEvent.get(LE16, 0));
    }

    int deviceEventFlags() {
        return Short.toUnsignedInt(deviceEvent.get(LE16, 2));
    }

    void driverEvent(int position, int flags) {
        driverEvent.set(LE16, 0, (short) position);
        driverEvent.set(LE16, 2, (short) flags);
    }

    void deviceEvent(int position, int flags) {
        deviceEvent.set(LE16, 0, (short) position);
        deviceEvent.set(LE16, 2, (short) flags);
    }

    /** A {@code struct pvirtq_desc}. */
    record Descriptor(long address, long length, int id, int flags) {}
}
