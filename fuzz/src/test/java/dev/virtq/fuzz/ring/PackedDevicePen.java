package dev.virtq.fuzz.ring;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.fuzz.Input;
import dev.virtq.packed.PackedFormat;
import dev.virtq.queue.ring.RingFormat;
import java.lang.foreign.MemorySegment;

/** Used descriptors and the device's event suppression structure (virtio 1.4, 2.8.13, 2.8.14). */
final class PackedDevicePen implements DevicePen {
    private static final int LENGTH = 8;
    private static final int ID = 12;
    private static final int FLAGS = 14;
    private static final int WRITE = 2;
    private static final int BOTH_ROUND_FLAGS = 0x8080;

    private MemorySegment descriptors = MemorySegment.NULL;
    private MemorySegment event = MemorySegment.NULL;
    private int size;
    private boolean eventIndex;

    @Override
    public RingFormat format() {
        return new PackedFormat();
    }

    @Override
    public int size(Input input) {
        return input.between(1, 16);
    }

    @Override
    public FeatureSet features() {
        return FeatureSet.of(CommonFeature.RING_PACKED);
    }

    @Override
    public boolean unitsAreSlots() {
        return true;
    }

    @Override
    public void aim(QueueSetup setup, FeatureSet accepted, FencedMemory memory) {
        size = setup.size();
        descriptors = memory.at(setup.descriptorArea(), 16L * size);
        event = memory.at(setup.deviceArea(), 4);
        eventIndex = accepted.contains(CommonFeature.EVENT_IDX);
    }

    @Override
    public void use(Input input, DriverModel model) {
        long unit = model.takenUnits + (input.below(4) == 0 ? input.below(size + 1) : 0);
        long slot = 16 * (unit % size);
        int id = DevicePen.id(input, model);
        int roundFlags = wrap(unit) == 1 ? BOTH_ROUND_FLAGS : 0;
        Little.put32(descriptors, slot + LENGTH, DevicePen.length(input, model, id));
        Little.put16(descriptors, slot + ID, id);
        Little.put16(
                descriptors,
                slot + FLAGS,
                switch (input.below(8)) {
                    case 0, 1 -> roundFlags;
                    case 2 -> input.u16();
                    default -> roundFlags | WRITE;
                });
    }

    @Override
    public void suppress(Input input, DriverModel model) {
        long near = Math.max(0, model.publishedUnits - 3 + input.below(6));
        int position = (int) (near % size) | wrap(near) << 15;
        Little.put16(event, 0, input.flag() ? position : input.u16());
        Little.put16(event, 2, input.flag() ? 2 : input.u16());
    }

    @Override
    public boolean wantsNotification(DriverModel model) {
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

    private int wrap(long unit) {
        return unit / size % 2 == 0 ? 1 : 0;
    }
}
