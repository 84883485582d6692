package dev.virtq.split;

import static dev.virtq.split.SplitLayout.RING_FLAGS;
import static dev.virtq.split.SplitLayout.RING_INDEX;
import static dev.virtq.split.SplitLayout.SHARED_SHORT;
import static dev.virtq.split.SplitLayout.SHORT;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.OptionalInt;

/**
 * The driver end of a split ring (virtio 1.4, sections 2.7.13 and 2.7.14): its two indices, and
 * what goes with them. Where the descriptors of a chain are is known by {@link SplitChains}, and
 * what a used entry tells by {@link UsedChains}; both depend on whether VIRTIO_F_IN_ORDER was
 * accepted. Counters are 64 bits wide here; the ring shows their low 16.
 *
 * <p>The device can write anywhere in the ring at any time. So each of its fields is read once,
 * into a local, and checked; what the driver needs later is in its own arrays.
 */
final class SplitDriverRing implements DriverRing {
    private final int queue;
    private final UsedRingFaults faults;
    private final int size;
    private final int mask;
    private final boolean inOrder;
    private final boolean eventIndex;
    private final SplitRingMemory memory;
    private final SplitChains chains;
    private final StagedOrder order;
    private final UsedChains usedChains;
    private final MemorySegment available;
    private final MemorySegment used;
    private long stagedCount;
    private long publishedCount;
    private long judgedCount;
    private long takenCount;
    private long seenCount;

    SplitDriverRing(RingRequest request) {
        queue = request.queue();
        size = request.size();
        faults = new UsedRingFaults(queue, size);
        mask = size - 1;
        inOrder = request.accepted().contains(CommonFeature.IN_ORDER);
        eventIndex = request.accepted().contains(CommonFeature.EVENT_IDX);
        memory = new SplitRingMemory(request.memory(), size);
        chains = SplitChains.of(request, memory.descriptors());
        order = new StagedOrder(size);
        available = memory.available();
        used = memory.used();
        usedChains =
                inOrder
                        ? new UsedInOrder(used, chains, order, faults)
                        : new UsedInAnyOrder(used, chains, order, faults);
        disableNotifications();
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public QueueSetup setup() {
        return memory.setup();
    }

    @Override
    public boolean fits(FeatureSet accepted) {
        return !accepted.contains(CommonFeature.RING_PACKED)
                && accepted.contains(CommonFeature.IN_ORDER) == inOrder
                && accepted.contains(CommonFeature.EVENT_IDX) == eventIndex
                && accepted.contains(CommonFeature.INDIRECT_DESC) == chains.mayBeIndirect();
    }

    @Override
    public int reserve(Chain chain) {
        return chains.reserve(chain);
    }

    @Override
    public void release(int id) {
        chains.release(id);
    }

    @Override
    public void rewrite(int id) {
        chains.rewrite(id);
    }

    @Override
    public void stage(int id) {
        putEntry(stagedCount++, id);
    }

    @Override
    public void unstage(int id) {
        long count = order.countOf(id);
        if (count < publishedCount || count >= stagedCount) {
            throw new IllegalStateException("chain " + id + " is not staged");
        }
        order.remove(id);
        chains.displace(id);
        for (long at = count + 1; at < stagedCount; at++) { // those behind it move up
            putEntry(at - 1, order.idAt(at));
        }
        stagedCount--;
    }

    @Override
    public int publish() {
        int fresh = (int) (stagedCount - publishedCount);
        if (fresh > 0) {
            publishedCount = stagedCount;
            // 2.7.13.3.1#1: the device must see descriptors and entries before the index. A release
            // store orders every earlier store before it; it pairs with the device's acquire load.
            SHARED_SHORT.setRelease(available, (long) RING_INDEX, (short) publishedCount);
        }
        return fresh;
    }

    @Override
    public boolean deviceWantsNotification() {
        long fresh = publishedCount - judgedCount;
        if (fresh == 0) {
            return false;
        }
        judgedCount = publishedCount;
        // 2.7.13.4.1#1: the load below must not overtake the store of the index, else both sides
        // may miss each other: the device stops looking, and nobody tells it. Only a full fence
        // orders a store before a load of another place; it pairs with the device's own, between
        // asking for notifications and looking at the index once more.
        VarHandle.fullFence();
        if (eventIndex) {
            short event = (short) SHARED_SHORT.getOpaque(used, SplitLayout.availEvent(size));
            return EventIndex.isDue(event, (int) publishedCount, fresh);
        }
        short flags = (short) SHARED_SHORT.getOpaque(used, (long) RING_FLAGS);
        return (flags & SplitLayout.NO_NOTIFICATION) == 0;
    }

    @Override
    public int nextAvailable() {
        return (int) publishedCount & 0xffff;
    }

    @Override
    public boolean isAnyUsed() {
        // Nothing else is read because of this load: poll reads the index again.
        return takenCount != seenCount
                || (short) SHARED_SHORT.getAcquire(used, (long) RING_INDEX) != (short) takenCount;
    }

    @Override
    public int poll() {
        long taken = takenCount;
        long seen = seenCount;
        if (taken == seen) {
            seen = look(taken);
            if (taken == seen) {
                return NOTHING;
            }
        }
        int id = usedChains.take(taken, seen, publishedCount);
        order.remove(id);
        seenCount = seen;
        takenCount = taken + 1;
        return id;
    }

    /** {@return how far the device is; not before what was taken, nor after what was published} */
    private long look(long taken) {
        // Pairs with the device's release store of the index: its entries, and what it wrote into
        // the buffers, are visible after this load.
        short index = (short) SHARED_SHORT.getAcquire(used, (long) RING_INDEX);
        int fresh = (index - (int) taken) & 0xffff;
        if (fresh > publishedCount - taken) {
            throw faults.index(taken, index, inFlight());
        }
        return taken + fresh;
    }

    @Override
    public long usedLength() {
        return usedChains.length;
    }

    @Override
    public boolean usedLengthIsAssumed() {
        return usedChains.lengthIsAssumed;
    }

    @Override
    public boolean enableNotifications() {
        if (eventIndex) {
            SHARED_SHORT.setOpaque(available, SplitLayout.usedEvent(size), (short) takenCount);
        } else {
            SHARED_SHORT.setOpaque(available, (long) RING_FLAGS, (short) 0);
        }
        // The store above must be visible before the index is read, else a device that uses a
        // buffer in between sends no notification, and this side sleeps (2.7.14). Pairs with the
        // device's fence between publishing and reading flags or used_event.
        VarHandle.fullFence();
        return isAnyUsed();
    }

    @Override
    public void disableNotifications() {
        if (eventIndex) {
            // An index that is behind: the device reaches it again only after 65535 more.
            SHARED_SHORT.setOpaque(
                    available, SplitLayout.usedEvent(size), (short) (takenCount - 1));
        } else {
            SHARED_SHORT.setOpaque(
                    available, (long) RING_FLAGS, (short) SplitLayout.NO_NOTIFICATION);
        }
    }

    @Override
    public int inFlight() {
        return (int) (publishedCount - takenCount);
    }

    @Override
    public int room() {
        return chains.room();
    }

    /**
     * The chains in flight stand in the available ring, or in the account that a device keeps of
     * them; so a device goes on where the used ring ends.
     */
    @Override
    public OptionalInt resumeState() {
        short index = (short) SHARED_SHORT.getAcquire(used, (long) RING_INDEX);
        return index == (short) takenCount
                ? OptionalInt.of(Short.toUnsignedInt(index))
                : OptionalInt.empty(); // it tells of chains that could not be taken
    }

    @Override
    public void restart() {
        memory.clearRings();
        order.clear();
        usedChains.clear();
        stagedCount = 0;
        publishedCount = 0;
        judgedCount = 0;
        takenCount = 0;
        seenCount = 0;
        chains.restart();
        disableNotifications();
    }

    @Override
    public void free() {
        chains.freeTables();
        memory.free();
    }

    @Override
    public void quarantine() {
        chains.quarantineTables();
        memory.quarantine();
    }

    @Override
    public QueueSnapshot snapshot() {
        DriverSide driver =
                new DriverSide(chains, order, usedChains, stagedCount, publishedCount, takenCount);
        return new SplitPicture(queue, setup(), inOrder, eventIndex, memory.dma())
                .withDriver(driver);
    }

    private void putEntry(long count, int id) {
        int head = chains.place(id);
        // Who sends the same chains in the same order again finds each in its place. What is not
        // written stays in the device's cache.
        if (order.isNews(count, head)) {
            available.set(SHORT, SplitLayout.availableEntry((int) count & mask), (short) head);
        }
        order.put(count, id);
    }
}
