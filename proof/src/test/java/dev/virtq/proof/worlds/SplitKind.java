package dev.virtq.proof.worlds;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import java.util.Set;

/** The split ring (virtio 1.4, section 2.7): 64-bit counters, and their low 16 bits in memory. */
enum SplitKind implements RingKind {
    SPLIT;

    private static final Set<String> SCRATCH =
            Set.of("UsedInAnyOrder.length", "UsedInOrder.length", "UsedInOrder.assumed");

    private static final Set<String> COUNTERS =
            Set.of(
                    "SplitDriverRing.stagedCount",
                    "SplitDriverRing.publishedCount",
                    "SplitDriverRing.judgedCount",
                    "SplitDriverRing.takenCount",
                    "SplitDriverRing.seenCount",
                    "StagedOrder.counts[]",
                    "UsedInOrder.batchEnd",
                    "SplitDeviceRing.seenCount",
                    "SplitDeviceRing.takenCount",
                    "SplitDeviceRing.usedCount",
                    "SplitDeviceRing.publishedCount",
                    "SplitDeviceRing.judgedCount",
                    "TakenInOrder.counts[]",
                    "TakenInOrder.first",
                    "TakenInOrder.next");

    @Override
    public String formatClass() {
        return "dev.virtq.split.SplitFormat";
    }

    @Override
    public FeatureSet chosenBy() {
        return FeatureSet.EMPTY;
    }

    @Override
    public boolean isScratch(String field) {
        return SCRATCH.contains(field);
    }

    @Override
    public boolean isCounter(String field) {
        return COUNTERS.contains(field);
    }

    @Override
    public String baseCounter() {
        return "SplitDriverRing.takenCount";
    }

    @Override
    public boolean isIndex(QueueSetup setup, FeatureSet features, long address) {
        return address == setup.driverArea() + 2
                || address == setup.deviceArea() + 2
                || (features.contains(CommonFeature.EVENT_IDX)
                        && (address == usedEvent(setup) || address == availEvent(setup)));
    }

    @Override
    public String judgeOf(QueueSetup setup, FeatureSet features, long address) {
        if (!features.contains(CommonFeature.EVENT_IDX)) {
            return "";
        }
        return address == availEvent(setup)
                ? "SplitDriverRing.judgedCount"
                : address == usedEvent(setup) ? "SplitDeviceRing.judgedCount" : "";
    }

    @Override
    public void tidy(FieldNumbers numbers) {
        if (!numbers.has("StagedOrder.ids[]")) {
            tidyDevice(numbers);
            return;
        }
        int size = numbers.length("StagedOrder.ids[]");
        boolean inOrder = numbers.has("RollingChains.heads[]");
        long published = numbers.get("SplitDriverRing.publishedCount");
        boolean[] live = new boolean[size];
        for (int id = 0; id < size; id++) {
            long count = numbers.get("StagedOrder.counts[]", id);
            if (count == Long.MAX_VALUE) {
                continue;
            }
            if (inOrder || count >= published) {
                live[Math.floorMod(count, size)] = true;
            } else { // in flight, for however long: others may overtake it for ever
                numbers.set("StagedOrder.counts[]", id, published - 1);
            }
        }
        for (int slot = 0; slot < size; slot++) {
            if (!live[slot]) {
                numbers.set("StagedOrder.ids[]", slot, 0);
            }
        }
        if (inOrder
                && numbers.get("SplitDriverRing.takenCount")
                        >= numbers.get("UsedInOrder.batchEnd")) {
            numbers.set("UsedInOrder.batchEnd", numbers.get("SplitDriverRing.takenCount"));
            numbers.set("UsedInOrder.batchLength", 0);
        }
    }

    private static void tidyDevice(FieldNumbers numbers) {
        for (int head = 0; head < numbers.length("TakenInOrder.counts[]"); head++) {
            long first = numbers.get("TakenInOrder.first");
            if (numbers.get("TakenInOrder.counts[]", head) < first) {
                numbers.set("TakenInOrder.counts[]", head, first - 1);
            }
        }
    }

    @Override
    public long withOtherId(long stored, int size) {
        return (stored & ~0xffff_ffffL) | (((stored & 0xffff_ffffL) + 1) % size);
    }

    @Override
    public boolean hasEntries() {
        return true;
    }

    @Override
    public long overAfterTake(QueueSetup setup, int position) {
        return 0; // an entry that shall say the same again is not written again
    }

    @Override
    public long overAfterPoll(QueueSetup setup, int position) {
        return setup.deviceArea() + 4 + 8L * (position % setup.size());
    }

    @Override
    public String nameOf(QueueSetup setup, long address) {
        int size = setup.size();
        long descriptor = address - setup.descriptorArea();
        if (descriptor >= 0 && descriptor < 16L * size) {
            return "descriptor %d's %s"
                    .formatted(descriptor / 16, descriptor % 16 == 0 ? "address" : "length, flags");
        }
        if (address == usedEvent(setup)) {
            return "used_event";
        }
        if (address == availEvent(setup)) {
            return "avail_event";
        }
        long available = address - setup.driverArea();
        if (available >= 0 && available < 4 + 2L * size) {
            return "available " + part(available, 2);
        }
        long used = address - setup.deviceArea();
        if (used >= 0 && used < 4 + 8L * size) {
            return "used " + part(used, 8);
        }
        return "";
    }

    private static String part(long offset, int entryBytes) {
        return offset == 0 ? "flags" : offset == 2 ? "idx" : "entry " + (offset - 4) / entryBytes;
    }

    private static long usedEvent(QueueSetup setup) {
        return setup.driverArea() + 4 + 2L * setup.size();
    }

    private static long availEvent(QueueSetup setup) {
        return setup.deviceArea() + 4 + 8L * setup.size();
    }
}
