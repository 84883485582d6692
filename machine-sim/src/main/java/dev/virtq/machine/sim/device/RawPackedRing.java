package dev.virtq.machine.sim.device;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.packed.PackedLayout;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DeviceRing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.BitSet;

/**
 * A packed ring in memory (virtio 1.4, section 2.8). It does not say where the device goes on; so
 * positions are counted here, as a number of slots since the ring began: the slot is what is left
 * when it is divided by the size, the wrap counter is 1 in the first round and every other one.
 */
final class RawPackedRing extends RawRing {
    private static final VarHandle SHARED_LONG =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private static final int WRAP = 1 << 15;
    private static final int SLOT = WRAP - 1;

    private final boolean inOrder;
    private final MemorySegment descriptors;

    /** For each id: how many slots its chain has, and where they begin. */
    private final int[] slots;

    private final long[] begin;

    /** The ids that were taken, in order, as a ring of its own. */
    private final int[] order;

    private long orderTaken;
    private long orderUsed;
    private long taken;
    private long used;

    /** How many slots further the device has told of chains that its honest end has not used. */
    private long ahead;

    private long lastTold;

    RawPackedRing(
            int queue, QueueSetup setup, FeatureSet accepted, DmaMemory memory, DeviceRing honest) {
        super(queue, setup, memory, honest);
        inOrder = accepted.contains(CommonFeature.IN_ORDER);
        descriptors = area(setup.descriptorArea(), PackedLayout.descriptorAreaBytes(size));
        slots = new int[size];
        begin = new long[size];
        order = new int[size];
        taken = slotsBefore(setup.startState());
        used = slotsBefore(setup.startState() >>> 16);
    }

    /** {@return how many slots a ring has seen that is at a position for the first time} */
    private long slotsBefore(int encoded) {
        return (encoded & WRAP) != 0 ? encoded & SLOT : size + (long) (encoded & SLOT);
    }

    @Override
    int position() {
        int encoded = (int) (used % size) | (isFirstRound(used) ? WRAP : 0);
        return encoded << 16 | encoded;
    }

    @Override
    void taken(DeviceChain chain) {
        super.taken(chain);
        int id = chain.id();
        int count = 1;
        while (count < size && (flags(taken + count - 1) & PackedLayout.NEXT) != 0) {
            count++;
        }
        slots[id] = count;
        begin[id] = taken;
        taken += count;
        order[(int) (orderTaken++ % size)] = id;
    }

    @Override
    void used(int id) {
        lastTold = used;
        ahead = 0;
        if (!inOrder) {
            super.used(id);
            used += slots[id];
            return;
        }
        while (orderUsed < orderTaken) { // one descriptor tells of all up to it (2.8.8)
            int first = order[(int) (orderUsed++ % size)];
            super.used(first);
            used += slots[first];
            if (first == id) {
                return;
            }
        }
    }

    @Override
    void addWaiting(BitSet ids) {
        for (long at = taken; at < taken + size; at++) {
            boolean round = isFirstRound(at);
            int flags = flags(at);
            boolean available = (flags & PackedLayout.AVAIL) != 0;
            boolean usedFlag = (flags & PackedLayout.USED) != 0;
            if (available != round || usedFlag == round) {
                return;
            }
            ids.set(
                    Short.toUnsignedInt(
                            descriptors.get(SHORT, at(at) + PackedLayout.DESCRIPTOR_ID)));
        }
    }

    @Override
    public boolean isPacked() {
        return true;
    }

    @Override
    public void tell(int id, long length) {
        lastTold = used + ahead;
        write(lastTold, id, length, isFirstRound(lastTold));
        ahead += id >= 0 && id < size && slots[id] > 0 ? slots[id] : 1;
    }

    @Override
    public void tellAt(int places, int id, long length) {
        long position = used + places + (places < 0 ? 2L * size : 0); // the same slot and round
        write(position, id, length, isFirstRound(position));
    }

    @Override
    public void tellOtherwise(int id, long length) {
        write(lastTold, id, length, isFirstRound(lastTold));
    }

    @Override
    public void tellWithFlippedWrapCounter(int id, long length) {
        write(used, id, length, !isFirstRound(used));
    }

    @Override
    public void overwriteDescriptors() {
        int id = current();
        for (int i = 0; i < slots[id]; i++) {
            long at = at(begin[id] + i);
            if ((flags(begin[id] + i) & PackedLayout.INDIRECT) != 0) {
                long address = descriptors.get(LONG, at + PackedLayout.DESCRIPTOR_ADDRESS);
                int length = descriptors.get(INT, at + PackedLayout.DESCRIPTOR_LENGTH);
                overwrite(area(address, Integer.toUnsignedLong(length)));
            }
            // All but the flags, which would tell of a used chain.
            overwrite(descriptors.asSlice(at, PackedLayout.DESCRIPTOR_FLAGS));
        }
    }

    private void write(long position, int id, long length, boolean round) {
        int flags = round ? PackedLayout.AVAIL | PackedLayout.USED : 0;
        if (length != 0) {
            flags |= PackedLayout.WRITE;
        }
        long rest = (length & 0xffff_ffffL) | ((id & 0xffffL) << 32) | ((long) flags << 48);
        SHARED_LONG.setRelease(descriptors, at(position) + PackedLayout.DESCRIPTOR_LENGTH, rest);
        told();
    }

    private int flags(long position) {
        return descriptors.get(SHORT, at(position) + PackedLayout.DESCRIPTOR_FLAGS);
    }

    private long at(long position) {
        return position % size * PackedLayout.DESCRIPTOR_BYTES;
    }

    private boolean isFirstRound(long position) {
        return position / size % 2 == 0;
    }
}
