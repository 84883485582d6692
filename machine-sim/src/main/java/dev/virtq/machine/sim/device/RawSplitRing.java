package dev.virtq.machine.sim.device;

import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.split.SplitLayout;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/**
 * A split ring in memory (virtio 1.4, section 2.7). Where it goes on, it reads from the ring
 * itself, as an onlooker would.
 */
final class RawSplitRing extends RawRing {
    private final MemorySegment descriptors;
    private final MemorySegment available;
    private final MemorySegment used;

    /** How many entries of the available ring the honest end has taken, modulo 2^16. */
    private short takenIndex;

    RawSplitRing(int queue, QueueSetup setup, DmaMemory memory, DeviceRing honest) {
        super(queue, setup, memory, honest);
        descriptors = area(setup.descriptorArea(), SplitLayout.descriptorAreaBytes(size));
        available = area(setup.driverArea(), SplitLayout.driverAreaBytes(size));
        used = area(setup.deviceArea(), SplitLayout.deviceAreaBytes(size));
        takenIndex = (short) setup.startState();
    }

    @Override
    void taken(DeviceChain chain) {
        super.taken(chain);
        takenIndex++;
    }

    @Override
    int position() {
        return Short.toUnsignedInt(usedIndex());
    }

    @Override
    void addWaiting(BitSet ids) {
        short index = (short) SHARED_SHORT.getAcquire(available, (long) SplitLayout.RING_INDEX);
        for (short i = takenIndex; i != index; i++) {
            long entry =
                    SplitLayout.RING_ENTRIES + (long) SplitLayout.AVAILABLE_ENTRY_BYTES * slot(i);
            ids.set(Short.toUnsignedInt(available.get(SHORT, entry)));
        }
    }

    @Override
    public boolean isPacked() {
        return false;
    }

    @Override
    public void tell(int id, long length) {
        short index = usedIndex();
        write(index, id, length);
        show(index + 1);
    }

    @Override
    public void tellAt(int places, int id, long length) {
        short index = (short) (usedIndex() + places);
        write(index, id, length);
        show(places < 0 ? index : index + 1);
    }

    @Override
    public void tellOtherwise(int id, long length) {
        write((short) (usedIndex() - 1), id, length);
    }

    @Override
    public void tellWithFlippedWrapCounter(int id, long length) {}

    @Override
    public void overwriteDescriptors() {
        int slot = current();
        boolean more = true;
        for (int i = 0; i < size && more; i++) {
            MemorySegment descriptor =
                    descriptors.asSlice(
                            (long) SplitLayout.DESCRIPTOR_BYTES * slot,
                            SplitLayout.DESCRIPTOR_BYTES);
            int flags = descriptor.get(SHORT, SplitLayout.DESCRIPTOR_FLAGS);
            int next = Short.toUnsignedInt(descriptor.get(SHORT, SplitLayout.DESCRIPTOR_NEXT));
            if ((flags & SplitLayout.INDIRECT) != 0) {
                long address = descriptor.get(LONG, SplitLayout.DESCRIPTOR_ADDRESS);
                int length = descriptor.get(INT, SplitLayout.DESCRIPTOR_LENGTH);
                overwrite(area(address, Integer.toUnsignedLong(length)));
            }
            overwrite(descriptor);
            more = (flags & SplitLayout.NEXT) != 0;
            slot = next & (size - 1);
        }
    }

    private void write(short index, int id, long length) {
        long entry = SplitLayout.RING_ENTRIES + (long) SplitLayout.USED_ENTRY_BYTES * slot(index);
        used.set(INT, entry, id);
        used.set(INT, entry + SplitLayout.USED_ENTRY_LENGTH, (int) length);
    }

    private void show(int index) {
        SHARED_SHORT.setRelease(used, (long) SplitLayout.RING_INDEX, (short) index);
        told();
    }

    private short usedIndex() {
        return (short) SHARED_SHORT.getAcquire(used, (long) SplitLayout.RING_INDEX);
    }

    private int slot(short index) {
        return index & (size - 1);
    }
}
