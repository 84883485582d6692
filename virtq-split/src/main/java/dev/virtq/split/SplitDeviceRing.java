package dev.virtq.split;

import static dev.virtq.split.SplitLayout.INDIRECT;
import static dev.virtq.split.SplitLayout.INT;
import static dev.virtq.split.SplitLayout.NEXT;
import static dev.virtq.split.SplitLayout.RING_FLAGS;
import static dev.virtq.split.SplitLayout.RING_INDEX;
import static dev.virtq.split.SplitLayout.SHARED_SHORT;
import static dev.virtq.split.SplitLayout.SHORT;
import static dev.virtq.split.SplitLayout.WRITE;

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
    private final int size;
    private final int mask;
    private final boolean eventIndex;
    private final boolean mayBeIndirect;
    private final DmaMemory memory;
    private final DescriptorTable table;
    private final MemorySegment available;
    private final MemorySegment used;
    private final DeviceChain chain;
    private long takenCount;
    private long usedCount;
    private long publishedCount;
    private long judgedCount;

    SplitDeviceRing(QueueSetup setup, FeatureSet accepted, DmaMemory memory) {
        size = setup.size();
        mask = size - 1;
        eventIndex = accepted.contains(CommonFeature.EVENT_IDX);
        mayBeIndirect = accepted.contains(CommonFeature.INDIRECT_DESC);
        this.memory = memory;
        SplitAreas areas = SplitAreas.find(setup, memory);
        table = new DescriptorTable(areas.descriptors());
        available = areas.available();
        used = areas.used();
        chain = new DeviceChain(memory);
    }

    @Override
    public boolean take() {
        // Pairs with the driver's release store: entries and descriptors are visible after it.
        short index = (short) SHARED_SHORT.getAcquire(available, (long) RING_INDEX);
        int waiting = (index - (int) takenCount) & 0xffff;
        if (waiting == 0) {
            return false;
        }
        if (waiting > size) {
            throw new DriverFaultException(
                    "the available index is %d ahead of a queue of %d".formatted(waiting, size),
                    "2.7.6");
        }
        short entry = available.get(SHORT, SplitLayout.availableEntry((int) takenCount & mask));
        int head = Short.toUnsignedInt(entry);
        if (head >= size) {
            throw new DriverFaultException(
                    "chain %d was made available (expected: 0..%d)".formatted(head, size - 1),
                    "2.7.6");
        }
        chain.begin(head);
        walk(head);
        takenCount++;
        return true;
    }

    @Override
    public DeviceChain chain() {
        return chain;
    }

    @Override
    public void use(int id, long length) {
        long entry = SplitLayout.usedEntry((int) usedCount & mask);
        used.set(INT, entry, id);
        used.set(INT, entry + SplitLayout.USED_ENTRY_LENGTH, (int) length);
        usedCount++;
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

    private void walk(int head) {
        int slot = head;
        for (int steps = 0; steps < size; steps++) {
            int flags = table.flags(slot);
            if ((flags & INDIRECT) != 0) {
                walkIndirect(slot, flags);
                return; // 2.7.5.3.2#2: an indirect descriptor is the last
            }
            chain.add(table.address(slot), table.length(slot), (flags & WRITE) != 0);
            if ((flags & NEXT) == 0) {
                return;
            }
            slot = table.next(slot);
            if (slot >= size) {
                throw new DriverFaultException(
                        "a descriptor goes on at %d (expected: 0..%d)".formatted(slot, size - 1),
                        "2.7.5");
            }
        }
        throw new DriverFaultException("a chain is longer than the queue: it loops", "2.7.5.2#1");
    }

    private void walkIndirect(int slot, int flags) {
        long address = table.address(slot);
        long bytes = table.length(slot);
        if (!mayBeIndirect) {
            throw new DriverFaultException(
                    "an indirect table without VIRTIO_F_INDIRECT_DESC", "2.7.5.3.1#1");
        }
        if ((flags & NEXT) != 0) {
            throw new DriverFaultException(
                    "a descriptor has both INDIRECT and NEXT", "2.7.5.3.1#4");
        }
        if (bytes == 0 || bytes % SplitLayout.DESCRIPTOR_BYTES != 0) {
            throw new DriverFaultException(
                    "an indirect table of %d bytes".formatted(bytes), "2.7.5.3");
        }
        MemorySegment segment =
                memory.at(address, bytes)
                        .orElseThrow(() ->
                                new DriverFaultException(
                                        "an indirect table of %d bytes at 0x%x leads outside memory"
                                                .formatted(bytes, address),
                                        "2.7.5.3"));
        DescriptorTable indirect = new DescriptorTable(segment);
        int next = 0;
        for (int steps = 0; steps < indirect.size(); steps++) {
            int elementFlags = indirect.flags(next);
            if ((elementFlags & INDIRECT) != 0) {
                throw new DriverFaultException(
                        "an indirect table in an indirect table", "2.7.5.3.1#2");
            }
            chain.add(indirect.address(next), indirect.length(next), (elementFlags & WRITE) != 0);
            if ((elementFlags & NEXT) == 0) {
                return;
            }
            next = indirect.next(next);
            if (next >= indirect.size()) {
                throw new DriverFaultException(
                        "an indirect descriptor goes on at %d (expected: 0..%d)"
                                .formatted(next, indirect.size() - 1),
                        "2.7.5.3");
            }
        }
        throw new DriverFaultException("an indirect table loops", "2.7.5.2#1");
    }
}
