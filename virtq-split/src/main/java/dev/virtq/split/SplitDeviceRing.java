package dev.virtq.split;

import static dev.virtq.split.SplitLayout.RING_FLAGS;
import static dev.virtq.split.SplitLayout.RING_INDEX;
import static dev.virtq.split.SplitLayout.SHARED_SHORT;
import static dev.virtq.split.SplitLayout.SHORT;
import static dev.virtq.split.SplitLayout.UNALIGNED_LONG;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverFaultException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * The device end of a split ring. It shares the layout with the driver end and nothing else: it
 * walks chains through the table, as a device does, and trusts no index that it reads there.
 */
final class SplitDeviceRing implements DeviceRing {
    private static final int MAX_INDEX = 0xffff;

    private final int size;
    private final int mask;
    private final boolean eventIndex;
    private final MemorySegment available;
    private final MemorySegment used;
    private final AvailableChain current;
    private final TakenChains taken;
    private long seenCount;
    private long takenCount;
    private long usedCount;
    private long publishedCount;
    private long judgedCount;

    SplitDeviceRing(QueueSetup setup, FeatureSet accepted, DmaMemory memory) {
        size = setup.size();
        mask = size - 1;
        eventIndex = accepted.contains(CommonFeature.EVENT_IDX);
        taken =
                accepted.contains(CommonFeature.IN_ORDER)
                        ? new TakenInOrder(size)
                        : new TakenInAnyOrder(size);
        SplitAreas areas = findAreas(setup, memory);
        available = areas.available();
        used = areas.used();
        current =
                new AvailableChain(
                        areas.descriptors(),
                        accepted.contains(CommonFeature.INDIRECT_DESC),
                        memory);
        int start = setup.startState();
        if (start < 0 || start > MAX_INDEX) {
            throw new DriverFaultException(
                    "the ring starts at index %d (expected: 0..%d)".formatted(start, MAX_INDEX),
                    "2.7.6");
        }
        seenCount = start;
        takenCount = start;
        usedCount = start;
        publishedCount = start;
        judgedCount = start;
    }

    @Override
    public boolean take() {
        long count = takenCount;
        long seen = seenCount;
        if (count == seen) {
            seen = look(count);
            if (count == seen) {
                return false;
            }
        }
        short entry = available.get(SHORT, SplitLayout.availableEntry((int) count & mask));
        int head = Short.toUnsignedInt(entry);
        if (head >= size) {
            throw new DriverFaultException(
                    "chain %d was made available (expected: 0..%d)".formatted(head, size - 1),
                    "2.7.6");
        }
        current.walk(head);
        if (!taken.add(head)) {
            throw new DriverFaultException(
                    "chain %d was made available again before it was used".formatted(head),
                    "2.7.13");
        }
        seenCount = seen;
        takenCount = count + 1;
        return true;
    }

    /** {@return how far the driver is; not before what was taken, nor further than the ring} */
    private long look(long count) {
        // Pairs with the driver's release store: entries and descriptors are visible after it.
        short index = (short) SHARED_SHORT.getAcquire(available, (long) RING_INDEX);
        int waiting = (index - (int) count) & 0xffff;
        if (waiting > size) {
            throw new DriverFaultException(
                    "the available index is %d ahead of a queue of %d".formatted(waiting, size),
                    "2.7.6");
        }
        return count + waiting;
    }

    @Override
    public DeviceChain chain() {
        return current.chain();
    }

    @Override
    public void use(int id, long length) {
        int batch = taken.remove(id);
        long entry = Integer.toUnsignedLong(id) | length << 32;
        // 2.7.9: a batch has one entry, where its first chain's would be.
        used.set(UNALIGNED_LONG, SplitLayout.usedEntry((int) usedCount & mask), entry);
        usedCount += batch;
    }

    @Override
    public void publish() {
        if (publishedCount != usedCount) {
            publishedCount = usedCount;
            // 2.7.8.2: entries and buffers before the index; pairs with the driver's acquire load.
            SHARED_SHORT.setRelease(used, (long) RING_INDEX, (short) usedCount);
        }
    }

    @Override
    public boolean driverWantsNotification() {
        long fresh = publishedCount - judgedCount;
        if (fresh == 0) {
            return false;
        }
        judgedCount = publishedCount;
        // The index must be visible before used_event or flags are read; see the driver end.
        VarHandle.fullFence();
        if (eventIndex) {
            short event = (short) SHARED_SHORT.getOpaque(available, SplitLayout.usedEvent(size));
            return EventIndex.isDue(event, (int) publishedCount, fresh);
        }
        short flags = (short) SHARED_SHORT.getOpaque(available, (long) RING_FLAGS);
        return (flags & SplitLayout.NO_NOTIFICATION) == 0;
    }

    @Override
    public boolean enableNotifications() {
        if (eventIndex) {
            SHARED_SHORT.setOpaque(used, SplitLayout.availEvent(size), (short) takenCount);
        } else {
            SHARED_SHORT.setOpaque(used, (long) RING_FLAGS, (short) 0);
        }
        VarHandle.fullFence(); // asked first, looked afterwards: see the driver end
        return (short) SHARED_SHORT.getAcquire(available, (long) RING_INDEX) != (short) takenCount;
    }

    @Override
    public void disableNotifications() {
        if (eventIndex) {
            SHARED_SHORT.setOpaque(used, SplitLayout.availEvent(size), (short) (takenCount - 1));
        } else {
            SHARED_SHORT.setOpaque(used, (long) RING_FLAGS, (short) SplitLayout.NO_NOTIFICATION);
        }
    }

    private static SplitAreas findAreas(QueueSetup setup, DmaMemory memory) {
        try {
            return SplitAreas.find(setup, memory);
        } catch (IllegalArgumentException e) {
            throw new DriverFaultException(String.valueOf(e.getMessage()), "2.7.1");
        }
    }
}
