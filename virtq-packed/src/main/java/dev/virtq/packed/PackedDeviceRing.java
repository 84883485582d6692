package dev.virtq.packed;

import static dev.virtq.packed.PackedLayout.ROUND_FLAGS;
import static dev.virtq.packed.PackedLayout.SHARED_INT;
import static dev.virtq.packed.PackedLayout.SHARED_LONG;
import static dev.virtq.packed.PackedLayout.UNALIGNED_LONG;
import static dev.virtq.packed.PackedLayout.WRITE;

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
 * The device end of a packed ring. It shares the layout with the driver end and nothing else: it
 * reads lists from the ring, as a device does, and trusts nothing that it reads there.
 */
final class PackedDeviceRing implements DeviceRing {
    private final int size;
    private final boolean inOrder;
    private final EventSuppression events;
    private final MemorySegment descriptors;
    private final MemorySegment driverEvent;
    private final MemorySegment deviceEvent;
    private final AvailableList current;
    private final RingPosition available;
    private final RingPosition used;

    /** Where what is visibly used ends: behind {@link #used}, before a publication. */
    private final RingPosition published;

    /** For each id: how many slots the chain has; 0 when it was not taken, or used already. */
    private final int[] taken;

    private final IdQueue order;

    /** How many slots were taken, and are not yet visibly used. */
    private int heldSlots;

    /** How many slots were used since the last publication, and the first of their descriptors. */
    private int usedSlots;

    private int firstSlot;
    private long firstRest;

    /** How many slots were published since the driver's wish was last looked at. */
    private int freshSlots;

    PackedDeviceRing(QueueSetup setup, FeatureSet accepted, DmaMemory memory) {
        size = setup.size();
        inOrder = accepted.contains(CommonFeature.IN_ORDER);
        events = new EventSuppression(size, accepted.contains(CommonFeature.EVENT_IDX));
        PackedAreas areas = findAreas(setup, memory);
        descriptors = areas.descriptors();
        driverEvent = areas.driverEvent();
        deviceEvent = areas.deviceEvent();
        current =
                new AvailableList(
                        descriptors, size, accepted.contains(CommonFeature.INDIRECT_DESC), memory);
        available = position(setup.startState());
        used = position(setup.startState() >>> 16);
        published = position(setup.startState() >>> 16);
        taken = new int[size];
        order = new IdQueue(inOrder ? size : 0);
    }

    @Override
    public boolean take() {
        int slot = available.slot();
        int expected = available.availableFlags();
        // Pairs with the driver's release store: all descriptors of the list are visible after it.
        long rest = (long) SHARED_LONG.getAcquire(descriptors, PackedLayout.rest(slot));
        if ((Rest.flags(rest) & ROUND_FLAGS) != expected) {
            return false;
        }
        int slots = current.read(slot, expected, rest, size - heldSlots);
        int id = current.chain().id();
        if (taken[id] != 0) {
            throw new DriverFaultException(
                    "chain %d was made available again before it was used".formatted(id), "2.8.13");
        }
        taken[id] = slots;
        heldSlots += slots;
        if (inOrder) {
            order.add(id);
        }
        available.advance(slots);
        return true;
    }

    @Override
    public DeviceChain chain() {
        return current.chain();
    }

    @Override
    public void use(int id, long length) {
        if (id < 0 || id >= size || taken[id] == 0) {
            throw new IllegalStateException(
                    "chain %d cannot be used: it was not taken, or was used already".formatted(id));
        }
        int slots = inOrder ? endUpTo(id) : end(id);
        int flags = used.usedFlags() | (length != 0 ? WRITE : 0);
        long rest = Rest.of(length, id, flags);
        if (usedSlots == 0) {
            firstSlot = used.slot();
            firstRest = rest;
        } else {
            descriptors.set(UNALIGNED_LONG, PackedLayout.rest(used.slot()), rest);
        }
        usedSlots += slots;
        used.advance(slots);
    }

    @Override
    public void publish() {
        if (usedSlots != 0) {
            heldSlots -= usedSlots;
            freshSlots = Math.min(freshSlots + usedSlots, events.span());
            published.advance(usedSlots);
            usedSlots = 0;
            // The driver looks at one descriptor, the first, and goes on from there: the others
            // and the buffers come before it (2.8.9). Pairs with the driver's acquire load.
            SHARED_LONG.setRelease(descriptors, PackedLayout.rest(firstSlot), firstRest);
        }
    }

    @Override
    public boolean driverWantsNotification() {
        int fresh = freshSlots;
        if (fresh == 0) {
            return false;
        }
        freshSlots = 0;
        // The used descriptor must be visible before the structure is read; see the driver end.
        VarHandle.fullFence();
        return events.isDue((int) SHARED_INT.getOpaque(driverEvent, 0L), published, fresh);
    }

    @Override
    public boolean enableNotifications() {
        SHARED_INT.setOpaque(deviceEvent, 0L, events.from(available));
        VarHandle.fullFence(); // asked first, looked afterwards: see the driver end
        long rest = (long) SHARED_LONG.getAcquire(descriptors, PackedLayout.rest(available.slot()));
        return (Rest.flags(rest) & ROUND_FLAGS) == available.availableFlags();
    }

    @Override
    public void disableNotifications() {
        SHARED_INT.setOpaque(deviceEvent, 0L, EventSuppression.DISABLE);
    }

    private int end(int id) {
        int slots = taken[id];
        taken[id] = 0;
        return slots;
    }

    /** One descriptor tells of all that were taken up to this chain (2.8.8). */
    private int endUpTo(int last) {
        int slots = 0;
        int id;
        do {
            id = order.remove();
            slots += end(id);
        } while (id != last);
        return slots;
    }

    private RingPosition position(int encoded) {
        RingPosition position = RingPosition.decode(size, encoded);
        if (position.slot() >= size) {
            throw new DriverFaultException(
                    "the ring starts at slot %d (expected: 0..%d)"
                            .formatted(position.slot(), size - 1),
                    "2.8.1");
        }
        return position;
    }

    private static PackedAreas findAreas(QueueSetup setup, DmaMemory memory) {
        try {
            return PackedAreas.find(setup, memory);
        } catch (IllegalArgumentException e) {
            throw new DriverFaultException(String.valueOf(e.getMessage()), "2.8.11#1");
        }
    }
}
