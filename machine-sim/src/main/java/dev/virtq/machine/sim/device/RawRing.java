package dev.virtq.machine.sim.device;

import dev.virtq.device.QueueSetup;
import dev.virtq.machine.sim.hostile.HostileRing;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.DeviceRing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** What both formats' rings have in common for a device that keeps no rule. */
abstract class RawRing implements HostileRing {
    static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final VarHandle SHARED_SHORT = SHORT.varHandle();

    private static final byte ONES = (byte) 0xff;

    private record Overwritten(MemorySegment bytes, MemorySegment before) {
        void putBack() {
            for (byte each : bytes.toArray(ValueLayout.JAVA_BYTE)) {
                if (each != ONES) {
                    return; // the driver's again
                }
            }
            bytes.copyFrom(before);
        }
    }

    final int size;
    final DmaMemory memory;
    private final int queue;
    private final DeviceRing honest;

    /** The ids of the chains that were taken and not given back. */
    private final BitSet held;

    private final List<Overwritten> overwritten = new ArrayList<>();
    private boolean told;

    RawRing(int queue, QueueSetup setup, DmaMemory memory, DeviceRing honest) {
        this.queue = queue;
        size = setup.size();
        this.memory = memory;
        this.honest = honest;
        held = new BitSet(size);
    }

    /** Takes note of a chain that the device has now. */
    void taken(DeviceChain chain) {
        held.set(chain.id());
    }

    /** Takes note of a chain that was given back. */
    void used(int id) {
        held.clear(id);
    }

    /** Writes ones over bytes of the driver's, and keeps a copy. */
    final void overwrite(MemorySegment bytes) {
        overwritten.add(
                new Overwritten(
                        bytes, MemorySegment.ofArray(bytes.toArray(ValueLayout.JAVA_BYTE))));
        bytes.fill(ONES);
    }

    /**
     * Puts back what was overwritten, and not written anew since, once the driver has sent more: a
     * device that confused itself would say nothing about the driver.
     */
    final void putBack() {
        if (overwritten.isEmpty()) {
            return;
        }
        BitSet waiting = new BitSet(size);
        addWaiting(waiting);
        if (!waiting.isEmpty()) {
            overwritten.reversed().forEach(Overwritten::putBack);
            overwritten.clear();
        }
    }

    /** Takes note that something was written for the driver to find. */
    final void told() {
        told = true;
    }

    final boolean takeTold() {
        boolean was = told;
        told = false;
        return was;
    }

    /**
     * {@return where a device would go on that has used everything it took, as vhost encodes it:
     * the next index, or the next slot and its wrap counter, twice}
     */
    abstract int position();

    /** Adds the ids that were made available and not yet taken. */
    abstract void addWaiting(BitSet ids);

    @Override
    public final int queue() {
        return queue;
    }

    @Override
    public final int size() {
        return size;
    }

    @Override
    public final long room() {
        return honest.chain().writableBytes();
    }

    @Override
    public final void useHonestly(int id, long length) {
        honest.use(id, length);
        honest.publish();
        used(id);
    }

    @Override
    public final int idThatIsNotAvailable() {
        BitSet available = (BitSet) held.clone();
        addWaiting(available);
        return available.previousClearBit(size - 1);
    }

    /** The bytes of one of the ring's areas, which were checked when the honest end was made. */
    final MemorySegment area(long address, long bytes) {
        return memory.at(address, bytes).orElseThrow();
    }

    /** {@return the id of the chain that is being given back} */
    final int current() {
        return honest.chain().id();
    }
}
