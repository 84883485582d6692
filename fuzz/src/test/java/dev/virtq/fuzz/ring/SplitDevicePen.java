package dev.virtq.fuzz.ring;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.fuzz.Input;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.split.SplitFormat;
import java.lang.foreign.MemorySegment;

/** The used ring (virtio 1.4, 2.7.8): flags, index, entries of id and length, avail_event. */
final class SplitDevicePen implements DevicePen {
    private static final int FLAGS = 0;
    private static final int INDEX = 2;
    private static final int ENTRIES = 4;

    private MemorySegment used = MemorySegment.NULL;
    private int size;
    private boolean eventIndex;

    @Override
    public RingFormat format() {
        return new SplitFormat();
    }

    @Override
    public int size(Input input) {
        return 1 << input.below(5);
    }

    @Override
    public FeatureSet features() {
        return FeatureSet.EMPTY;
    }

    @Override
    public boolean unitsAreSlots() {
        return false;
    }

    @Override
    public void aim(QueueSetup setup, FeatureSet accepted, FencedMemory memory) {
        size = setup.size();
        used = memory.at(setup.deviceArea(), 6 + 8L * size);
        eventIndex = accepted.contains(CommonFeature.EVENT_IDX);
    }

    @Override
    public void use(Input input, DriverModel model) {
        int index = Little.u16(used, INDEX);
        int next = (int) (input.flag() ? model.takenUnits : index);
        int id = DevicePen.id(input, model);
        long entry = ENTRIES + 8L * (next & (size - 1));
        Little.put32(used, entry, id);
        Little.put32(used, entry + 4, DevicePen.length(input, model, id));
        Little.put16(
                used,
                INDEX,
                switch (input.below(8)) {
                    case 0 -> index + input.below(size + 2);
                    case 1 -> input.u16();
                    default -> next + 1;
                });
    }

    @Override
    public void suppress(Input input, DriverModel model) {
        if (input.flag()) {
            Little.put16(used, FLAGS, input.u16());
        } else {
            long near = model.publishedUnits - 3 + input.below(6);
            Little.put16(used, ENTRIES + 8L * size, input.flag() ? (int) near : input.u16());
        }
    }

    @Override
    public boolean wantsNotification(DriverModel model) {
        if (!eventIndex) {
            return (Little.u16(used, FLAGS) & 1) == 0;
        }
        int event = Little.u16(used, ENTRIES + 8L * size);
        for (long unit = model.judgedUnits; unit < model.publishedUnits; unit++) {
            if ((unit & 0xffff) == event) {
                return true;
            }
        }
        return false;
    }
}
