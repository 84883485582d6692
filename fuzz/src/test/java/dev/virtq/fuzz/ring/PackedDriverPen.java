package dev.virtq.fuzz.ring;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.fuzz.Input;
import dev.virtq.fuzz.ring.Expected.Element;
import dev.virtq.packed.PackedFormat;
import dev.virtq.queue.ring.RingFormat;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Available descriptors, and the driver's event suppression structure (virtio 1.4, 2.8.13, 2.8.14).
 */
final class PackedDriverPen implements DriverPen {
    private static final int AVAIL = 1 << 7;
    private static final int USED = 1 << 15;

    private MemorySegment descriptors = MemorySegment.NULL;
    private MemorySegment event = MemorySegment.NULL;
    private MemorySegment deviceWrites = MemorySegment.NULL;
    private FencedMemory memory = new FencedMemory();
    private int size;
    private boolean eventIndex;
    private boolean indirect;
    private long offered;

    @Override
    public RingFormat format() {
        return new PackedFormat();
    }

    @Override
    public FeatureSet features() {
        return FeatureSet.of(CommonFeature.RING_PACKED);
    }

    @Override
    public int size(Input input) {
        return input.between(1, 16);
    }

    /** The driver's area comes last, so that all that the device writes is in one piece. */
    @Override
    public QueueSetup setup(int newSize) {
        long events = FencedMemory.RING_ADDRESS + 16L * newSize;
        return new QueueSetup(newSize, FencedMemory.RING_ADDRESS, events + 4, events, 0x8000_8000);
    }

    @Override
    public void aim(QueueSetup setup, FeatureSet accepted, FencedMemory newMemory) {
        memory = newMemory;
        size = setup.size();
        descriptors = memory.at(setup.descriptorArea(), 16L * size);
        event = memory.at(setup.driverArea(), 4);
        deviceWrites = memory.at(setup.descriptorArea(), 16L * size + 4);
        eventIndex = accepted.contains(CommonFeature.EVENT_IDX);
        indirect = accepted.contains(CommonFeature.INDIRECT_DESC);
    }

    @Override
    public MemorySegment deviceWrites() {
        return deviceWrites;
    }

    @Override
    public void offer(Input input) {
        int id = input.below(16) == 0 ? input.u16() : input.below(size);
        for (int left = input.below(4); left >= 0; left--) {
            long at = 16 * (offered % size);
            int flags = (input.below(8) & (WRITE | INDIRECT)) | (left > 0 ? NEXT : 0);
            int round = wrap(offered) == 1 ? AVAIL : USED;
            Little.put64(descriptors, at, DriverPen.address(input));
            Little.put32(descriptors, at + 8, DriverPen.length(input));
            Little.put16(descriptors, at + 12, id);
            Little.put16(descriptors, at + 14, input.below(32) == 0 ? input.u16() : flags | round);
            offered++;
        }
    }

    @Override
    public void suppress(Input input, DeviceModel model) {
        long near = Math.max(0, model.usedUnits - 3 + input.below(6));
        int position = (int) (near % size) | wrap(near) << 15;
        Little.put16(event, 0, input.flag() ? position : input.u16());
        Little.put16(event, 2, input.flag() ? 2 : input.u16());
    }

    @Override
    public boolean wantsNotification(DeviceModel model) {
        int flags = Little.u16(event, 2) & 3;
        int position = Little.u16(event, 0);
        int slot = position & 0x7fff;
        if (flags != 2 || !eventIndex || slot >= size) {
            return flags != 1; // in doubt it is told
        }
        for (long unit = model.judgedUnits; unit < model.publishedUnits; unit++) {
            if (unit % size == slot && wrap(unit) == position >>> 15) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Expected next(DeviceModel model) {
        if (!isAvailable(model.takenUnits)) {
            return Expected.NOTHING;
        }
        long room = size - model.outstanding();
        List<Long> slots = new ArrayList<>();
        long unit = model.takenUnits;
        int flags;
        do {
            if (slots.size() >= room || !isAvailable(unit)) {
                return Expected.FAULT;
            }
            slots.add(unit % size);
            flags = Little.u16(descriptors, 16 * (unit % size) + 14);
            unit++;
        } while ((flags & NEXT) != 0);
        int id = Little.u16(descriptors, 16 * slots.getLast() + 12);
        List<Element> elements = new ArrayList<>();
        if (id >= size || model.holds(id) || !read(slots, elements)) {
            return Expected.FAULT;
        }
        return Expected.chain(id, slots.size(), elements);
    }

    private boolean read(List<Long> slots, List<Element> elements) {
        for (long slot : slots) {
            long address = Little.u64(descriptors, 16 * slot);
            long length = Little.u32(descriptors, 16 * slot + 8);
            int flags = Little.u16(descriptors, 16 * slot + 14);
            if ((flags & INDIRECT) == 0) {
                elements.add(new Element(address, length, (flags & WRITE) != 0));
                continue;
            }
            Optional<MemorySegment> table = memory.dma().at(address, length);
            if (!indirect
                    || slots.size() > 1
                    || length == 0
                    || length % 16 != 0
                    || length / 16 > size
                    || table.isEmpty()) {
                return false;
            }
            for (long at = 0; at < length; at += 16) {
                elements.add(
                        new Element(
                                Little.u64(table.get(), at),
                                Little.u32(table.get(), at + 8),
                                (Little.u16(table.get(), at + 14) & WRITE) != 0));
            }
        }
        return true;
    }

    private boolean isAvailable(long unit) {
        int flags = Little.u16(descriptors, 16 * (unit % size) + 14);
        int avail = (flags & AVAIL) != 0 ? 1 : 0;
        int used = (flags & USED) != 0 ? 1 : 0;
        return avail == wrap(unit) && used != wrap(unit);
    }

    private int wrap(long unit) {
        return unit / size % 2 == 0 ? 1 : 0;
    }
}
