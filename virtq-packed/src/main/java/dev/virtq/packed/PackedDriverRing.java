package dev.virtq.packed;

import static dev.virtq.packed.PackedLayout.ROUND_FLAGS;
import static dev.virtq.packed.PackedLayout.SHARED_INT;
import static dev.virtq.packed.PackedLayout.SHARED_LONG;
import static dev.virtq.packed.PackedLayout.UNALIGNED_LONG;

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
 * The driver end of a packed ring (virtio 1.4, sections 2.8.21 and 2.8.22).
 *
 * <p>The ring holds a chain only while the device has it: used descriptors and other chains
 * overwrite it. So staging notes an id, and publishing writes the descriptors, each time anew.
 *
 * <p>The device can write anywhere in the ring at any time. So each descriptor is read once, into a
 * local, and checked; what the driver needs later is in its own arrays.
 */
final class PackedDriverRing implements DriverRing {
    private final int queue;
    private final int size;
    private final boolean eventIndex;
    private final boolean inOrder;
    private final UsedDescriptorFaults faults;
    private final EventSuppression events;
    private final PackedRingMemory memory;
    private final MemorySegment descriptors;
    private final MemorySegment driverEvent;
    private final MemorySegment deviceEvent;
    private final PackedChains chains;
    private final SentChains sent;
    private final RingPosition available;
    private final RingPosition used;

    /** How many slots were published since the device's wish was last looked at. */
    private int freshSlots;

    /** The chain that ends the batch that the device has used; NOTHING between batches. */
    private int batchEnd = NOTHING;

    private long batchEndLength;
    private long usedLength;
    private boolean usedLengthIsAssumed;

    PackedDriverRing(RingRequest request) {
        queue = request.queue();
        size = request.size();
        eventIndex = request.accepted().contains(CommonFeature.EVENT_IDX);
        inOrder = request.accepted().contains(CommonFeature.IN_ORDER);
        faults = new UsedDescriptorFaults(queue, size);
        events = new EventSuppression(size, eventIndex);
        memory = new PackedRingMemory(request.memory(), size);
        descriptors = memory.descriptors();
        driverEvent = memory.driverEvent();
        deviceEvent = memory.deviceEvent();
        chains = new PackedChains(request);
        sent = new SentChains(size, inOrder);
        available = new RingPosition(size);
        used = new RingPosition(size);
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
        return accepted.contains(CommonFeature.RING_PACKED)
                && accepted.contains(CommonFeature.EVENT_IDX) == eventIndex
                && accepted.contains(CommonFeature.INDIRECT_DESC) == chains.mayBeIndirect()
                && accepted.contains(CommonFeature.IN_ORDER) == inOrder;
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
        chains.write(id);
    }

    @Override
    public void stage(int id) {
        if (chains.slots(id) == 0) {
            throw new IllegalStateException("no chain was reserved with id " + id);
        }
        sent.stage(id);
    }

    @Override
    public void unstage(int id) {
        sent.unstage(id);
    }

    @Override
    public int publish() {
        int count = sent.stagedCount();
        if (count == 0) {
            return 0;
        }
        int firstSlot = available.slot();
        int slot = firstSlot;
        long round = (long) available.availableFlags() << 48;
        long firstRest = 0;
        int slots = 0;
        for (int i = 0; i < count; i++) {
            int id = sent.staged(i);
            int length = chains.slots(id);
            long[] image = chains.image(id);
            sent.send(id, slot, length);
            slots += length;
            int word = 0;
            long rest;
            do {
                rest = image[word + 1] | round;
                descriptors.set(UNALIGNED_LONG, PackedLayout.address(slot), image[word]);
                if (slot == firstSlot) {
                    firstRest = rest;
                } else {
                    descriptors.set(UNALIGNED_LONG, PackedLayout.rest(slot), rest);
                }
                if (++slot == size) {
                    slot = 0;
                    round ^= Rest.ROUND_BITS;
                }
                word += 2;
            } while ((rest & Rest.NEXT_BIT) != 0);
        }
        sent.allSent();
        available.advance(slots);
        freshSlots = Math.min(freshSlots + slots, events.span());
        // 2.8.21.1.1#1, 2.8.17#6: a device looks at one descriptor, the first, and goes on from
        // there. So it sees all of this, or nothing: a release store orders every earlier store
        // before it; it pairs with the device's acquire load.
        SHARED_LONG.setRelease(descriptors, PackedLayout.rest(firstSlot), firstRest);
        return count;
    }

    @Override
    public boolean deviceWantsNotification() {
        int fresh = freshSlots;
        if (fresh == 0) {
            return false;
        }
        freshSlots = 0;
        // 2.8.21.3.1#1: the load below must not overtake the store of the flags, else both sides
        // may miss each other: the device stops looking, and nobody tells it. Only a full fence
        // orders a store before a load of another place; it pairs with the device's own, between
        // asking for notifications and looking at the ring once more.
        VarHandle.fullFence();
        return events.isDue((int) SHARED_INT.getOpaque(deviceEvent, 0L), available, fresh);
    }

    @Override
    public int nextAvailable() {
        return available.encoded();
    }

    @Override
    public boolean isAnyUsed() {
        // Nothing else is read because of this load: poll reads the descriptor again.
        long rest = (long) SHARED_LONG.getAcquire(descriptors, PackedLayout.rest(used.slot()));
        return batchEnd != NOTHING || isUsed(rest);
    }

    private boolean isUsed(long rest) {
        return (Rest.flags(rest) & ROUND_FLAGS) == used.usedFlags();
    }

    @Override
    public int poll() {
        if (batchEnd != NOTHING) {
            return nextOfBatch();
        }
        int slot = used.slot();
        // Pairs with the device's release store of the flags: length and id, and what it wrote
        // into the buffers, are visible after this load.
        long rest = (long) SHARED_LONG.getAcquire(descriptors, PackedLayout.rest(slot));
        if (!isUsed(rest)) {
            return NOTHING;
        }
        int id = Rest.id(rest);
        if (id >= size || !sent.isInFlight(id)) {
            throw faults.id(slot, rest);
        }
        long written = UsedLength.of(rest, chains.writableBytes(id));
        if (written > chains.writableBytes(id)) {
            throw faults.length(slot, rest, chains.writableBytes(id));
        }
        if (inOrder) {
            batchEnd = id;
            batchEndLength = written;
            return nextOfBatch();
        }
        usedLength = written;
        used.advance(sent.end(id));
        return id;
    }

    /** With one used descriptor the device returns all up to this chain (2.8.8). */
    private int nextOfBatch() {
        int id = sent.oldest();
        if (id == batchEnd) {
            usedLength = batchEndLength;
            usedLengthIsAssumed = false;
            batchEnd = NOTHING;
        } else {
            usedLength = chains.writableBytes(id);
            usedLengthIsAssumed = true;
        }
        used.advance(sent.end(id));
        return id;
    }

    @Override
    public long usedLength() {
        return usedLength;
    }

    @Override
    public boolean usedLengthIsAssumed() {
        return usedLengthIsAssumed;
    }

    @Override
    public boolean enableNotifications() {
        SHARED_INT.setOpaque(driverEvent, 0L, events.from(used));
        // The store above must be visible before the ring is read, else a device that uses a
        // buffer in between sends no notification, and this side sleeps (2.8.22). Pairs with the
        // device's fence between publishing and reading this structure.
        VarHandle.fullFence();
        return isAnyUsed();
    }

    @Override
    public void disableNotifications() {
        SHARED_INT.setOpaque(driverEvent, 0L, EventSuppression.DISABLE);
    }

    @Override
    public int inFlight() {
        return sent.count();
    }

    @Override
    public int room() {
        return chains.room();
    }

    @Override
    public OptionalInt resumeState() {
        return batchEnd == NOTHING
                ? new WholeRing(descriptors, chains, sent).resumeState(used, available)
                : OptionalInt.empty(); // all that was used has to be taken first
    }

    @Override
    public void restart() {
        memory.clear();
        sent.restart();
        freshSlots = 0;
        batchEnd = NOTHING;
        available.restart();
        used.restart();
        chains.writeAll(); // the device may have written over the tables
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
        return new PackedPicture(queue, setup(), eventIndex, inOrder, memory.dma())
                .withDriver(
                        new PackedPicture.DriverSide(
                                chains,
                                sent,
                                available.encoded(),
                                used.encoded(),
                                batchEnd,
                                batchEndLength));
    }
}
