package dev.virtq.machine.sim.vhostuser;

import dev.virtq.machine.sim.device.ChainWitness;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalInt;

/**
 * The account of one queue. The devices here take chains in the order in which they were made
 * available, and use them in that order; so a device that goes on finds what its predecessor had
 * begun as the next chains of the ring, and that they are the same is checked, one by one.
 */
abstract class QueueInflight implements ChainWitness {
    static final ValueLayout.OfShort U16 =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long VERSION = 8;
    private static final long ENTRIES = 10;
    private static final short CURRENT = 1;

    final MemorySegment area;
    final int size;
    private final boolean inOrder;

    /** What the device has taken and not used, in order. */
    private final Deque<Integer> taken = new ArrayDeque<>();

    /** What the device before had taken and not used, and this one has not taken yet. */
    private final Deque<Integer> inherited = new ArrayDeque<>();

    private long counter;

    QueueInflight(MemorySegment area, int size, boolean inOrder) {
        this.area = area;
        this.size = size;
        this.inOrder = inOrder;
    }

    /**
     * Begins, or goes on.
     *
     * @param base where the front end says that the queue starts, as vhost encodes it
     * @param shown where the ring itself stands, when it tells
     * @throws Refusal when ring or account say something else
     */
    final void start(int base, OptionalInt shown) throws Refusal {
        if (shown.isPresent() && shown.getAsInt() != base) {
            throw new Refusal(
                    "a queue that goes on at %d (expected: at %d, as its ring says)"
                            .formatted(base, shown.getAsInt()));
        }
        if (area.get(U16, VERSION) == 0) {
            area.set(U16, ENTRIES, (short) size);
            begin(base);
            area.set(U16, VERSION, CURRENT);
            return;
        }
        int entries = Short.toUnsignedInt(area.get(U16, ENTRIES));
        if (area.get(U16, VERSION) != CURRENT || entries != size) {
            throw new Refusal(
                    "an account of version %d for %d entries (expected: %d, %d)"
                            .formatted(area.get(U16, VERSION), entries, CURRENT, size));
        }
        int position = goOn(base, inherited);
        if (position != base) {
            throw new Refusal(
                    "a queue that goes on at 0x%x (expected: at 0x%x, as its account says)"
                            .formatted(base, position));
        }
    }

    /** Writes where a new ring starts. */
    abstract void begin(int base);

    /**
     * Mends what the device before had not brought to its end.
     *
     * @param base where the ring stands
     * @param ids gets the ids of the chains in flight, in the order in which they were taken
     * @return where the ring has to go on, as vhost encodes it
     */
    abstract int goOn(int base, Deque<Integer> ids);

    /** Writes down that a chain is in flight. */
    abstract void mark(int id, long number);

    /** Writes down that a chain is about to be used, and that the driver may see it. */
    abstract void addToBatch(int id);

    /** Writes down that all of them were used. */
    abstract void endBatch(int position);

    @Override
    public final void taken(int id) {
        Integer before = inherited.poll();
        if (before != null && before != id) {
            throw new IllegalStateException(
                    "chain %d comes next in the ring (expected: %d, which was in flight)"
                            .formatted(id, before));
        }
        mark(id, counter++);
        taken.add(id);
    }

    @Override
    public final void used(int id) {
        if (!inOrder) {
            taken.remove(id);
            addToBatch(id);
            return;
        }
        int first;
        do { // one entry tells of all up to it
            first = taken.remove();
            addToBatch(first);
        } while (first != id);
    }

    @Override
    public final void published(int position) {
        endBatch(position);
    }
}
