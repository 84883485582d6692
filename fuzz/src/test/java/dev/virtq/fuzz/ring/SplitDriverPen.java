package dev.virtq.fuzz.ring;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.ring.Expected.Element;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.split.SplitFormat;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Descriptors and the available ring (virtio 1.4, 2.7.5 and 2.7.6). */
final class SplitDriverPen implements DriverPen {
    private MemorySegment descriptors = MemorySegment.NULL;
    private MemorySegment available = MemorySegment.NULL;
    private MemorySegment used = MemorySegment.NULL;
    private FencedMemory memory = new FencedMemory();
    private int size;
    private boolean eventIndex;
    private boolean indirect;

    @Override
    public RingFormat format() {
        return new SplitFormat();
    }

    @Override
    public FeatureSet features() {
        return FeatureSet.EMPTY;
    }

    @Override
    public int size(Input input) {
        return 1 << input.below(5);
    }

    @Override
    public QueueSetup setup(int newSize) {
        long driverArea = FencedMemory.RING_ADDRESS + 16L * newSize;
        long deviceArea = (driverArea + 6 + 2L * newSize + 3) & -4;
        return new QueueSetup(newSize, FencedMemory.RING_ADDRESS, driverArea, deviceArea, 0);
    }

    @Override
    public void aim(QueueSetup setup, FeatureSet accepted, FencedMemory newMemory) {
        memory = newMemory;
        size = setup.size();
        descriptors = memory.at(setup.descriptorArea(), 16L * size);
        available = memory.at(setup.driverArea(), 6 + 2L * size);
        used = memory.at(setup.deviceArea(), 6 + 8L * size);
        eventIndex = accepted.contains(CommonFeature.EVENT_IDX);
        indirect = accepted.contains(CommonFeature.INDIRECT_DESC);
    }

    @Override
    public MemorySegment deviceWrites() {
        return used;
    }

    @Override
    public void offer(Input input) {
        int head = input.below(size);
        int slot = head;
        for (int left = input.below(4); left >= 0; left--) {
            int next = input.below(8) == 0 ? input.below(size + 2) : (slot + 1) % size;
            int flags = (input.below(8) & (WRITE | INDIRECT)) | (left > 0 ? NEXT : 0);
            Little.put64(descriptors, 16L * slot, DriverPen.address(input));
            Little.put32(descriptors, 16L * slot + 8, DriverPen.length(input));
            Little.put16(descriptors, 16L * slot + 12, flags);
            Little.put16(descriptors, 16L * slot + 14, next);
            slot = next % size;
        }
        int index = Little.u16(available, 2);
        int entry = input.below(16) == 0 ? input.u16() : head;
        Little.put16(available, 4 + 2L * (index & (size - 1)), entry);
        Little.put16(available, 2, input.below(16) == 0 ? input.u16() : index + 1);
    }

    @Override
    public void suppress(Input input, DeviceModel model) {
        if (input.flag()) {
            Little.put16(available, 0, input.u16());
        } else {
            int near = (int) model.usedUnits - 3 + input.below(6);
            Little.put16(available, 4 + 2L * size, input.flag() ? near : input.u16());
        }
    }

    @Override
    public boolean wantsNotification(DeviceModel model) {
        if (!eventIndex) {
            return (Little.u16(available, 0) & 1) == 0;
        }
        int event = Little.u16(available, 4 + 2L * size);
        for (long unit = model.judgedUnits; unit < model.publishedUnits; unit++) {
            if ((unit & 0xffff) == event) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Expected next(DeviceModel model) {
        int waiting = (Little.u16(available, 2) - (int) model.takenUnits) & 0xffff;
        if (waiting == 0) {
            return Expected.NOTHING;
        }
        int head = Little.u16(available, 4 + 2 * (model.takenUnits & (size - 1)));
        if (waiting > size || head >= size) {
            return Expected.FAULT;
        }
        List<Element> elements = new ArrayList<>();
        return walk(descriptors, head, true, elements)
                ? Expected.chain(head, 1, elements)
                : Expected.FAULT;
    }

    private boolean walk(MemorySegment table, int start, boolean outer, List<Element> elements) {
        long slots = table.byteSize() / 16;
        int slot = start;
        while (slot < slots) {
            long address = Little.u64(table, 16L * slot);
            long length = Little.u32(table, 16L * slot + 8);
            int flags = Little.u16(table, 16L * slot + 12);
            if ((flags & INDIRECT) != 0) {
                Optional<MemorySegment> inner = memory.dma().at(address, length);
                return outer
                        && indirect
                        && (flags & NEXT) == 0
                        && length != 0
                        && length % 16 == 0
                        && inner.isPresent()
                        && walk(inner.get(), 0, false, elements);
            }
            elements.add(new Element(address, length, (flags & WRITE) != 0));
            if (elements.size() > size) {
                return false;
            }
            if ((flags & NEXT) == 0) {
                return true;
            }
            slot = Little.u16(table, 16L * slot + 14);
        }
        return false;
    }
}
