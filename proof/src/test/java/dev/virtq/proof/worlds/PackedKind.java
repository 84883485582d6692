package dev.virtq.proof.worlds;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import java.util.Set;

/** The packed ring (virtio 1.4, section 2.8): positions and wrap counters, which are finite. */
enum PackedKind implements RingKind {
    PACKED;

    private static final Set<String> SCRATCH =
            Set.of(
                    "PackedDriverRing.usedLength",
                    "PackedDriverRing.usedLengthIsAssumed",
                    // Of a list, while it is read.
                    "AvailableList.rests",
                    // Where memory is, once it was looked for.
                    "TableMemory.starts",
                    "TableMemory.extents",
                    "TableMemory.extent");

    @Override
    public String formatClass() {
        return "dev.virtq.packed.PackedFormat";
    }

    @Override
    public FeatureSet chosenBy() {
        return FeatureSet.of(CommonFeature.RING_PACKED);
    }

    @Override
    public boolean isScratch(String field) {
        return SCRATCH.contains(field);
    }

    @Override
    public boolean isCounter(String field) {
        return false;
    }

    @Override
    public String baseCounter() {
        return "";
    }

    @Override
    public boolean isIndex(QueueSetup setup, FeatureSet features, long address) {
        return false;
    }

    @Override
    public String judgeOf(QueueSetup setup, FeatureSet features, long address) {
        return "";
    }

    @Override
    public void tidy(FieldNumbers numbers) {
        tidyQueue(numbers);
        if (numbers.has("SentChains.stagedCount")) {
            int count = (int) numbers.get("SentChains.stagedCount");
            for (int i = count; i < numbers.length("SentChains.staged[]"); i++) {
                numbers.set("SentChains.staged[]", i, 0);
            }
            if (numbers.get("PackedDriverRing.batchEnd") < 0) {
                numbers.set("PackedDriverRing.batchEndLength", 0);
            }
        } else if (numbers.get("PackedDeviceRing.usedSlots") == 0) {
            numbers.set("PackedDeviceRing.firstSlot", 0);
            numbers.set("PackedDeviceRing.firstRest", 0);
        }
    }

    /** A queue of ids goes round in its array: where it begins makes no difference. */
    private static void tidyQueue(FieldNumbers numbers) {
        int capacity = numbers.length("IdQueue.ids[]");
        if (capacity == 0) {
            return;
        }
        int head = (int) numbers.get("IdQueue.head");
        int count = (int) numbers.get("IdQueue.count");
        long[] ids = new long[capacity];
        for (int i = 0; i < count; i++) {
            ids[i] = numbers.get("IdQueue.ids[]", (head + i) % capacity);
        }
        for (int i = 0; i < capacity; i++) {
            numbers.set("IdQueue.ids[]", i, ids[i]);
        }
        numbers.set("IdQueue.head", 0);
    }

    @Override
    public long withOtherId(long stored, int size) {
        long other = (((stored >>> 32) & 0xffff) + 1) % size;
        return (stored & ~(0xffffL << 32)) | (other << 32);
    }

    @Override
    public boolean hasEntries() {
        return false;
    }

    @Override
    public long overAfterTake(QueueSetup setup, int position) {
        return 0;
    }

    @Override
    public long overAfterPoll(QueueSetup setup, int position) {
        return 0;
    }

    @Override
    public String nameOf(QueueSetup setup, long address) {
        long descriptor = address - setup.descriptorArea();
        if (descriptor >= 0 && descriptor < 16L * setup.size()) {
            return "slot %d's %s"
                    .formatted(
                            descriptor / 16,
                            descriptor % 16 == 0 ? "address" : "length, id and flags");
        }
        return address == setup.driverArea()
                ? "driver's event suppression"
                : address == setup.deviceArea() ? "device's event suppression" : "";
    }
}
