package dev.virtq.split;

import static dev.virtq.split.SplitLayout.INT;
import static dev.virtq.split.SplitLayout.RING_FLAGS;
import static dev.virtq.split.SplitLayout.RING_INDEX;
import static dev.virtq.split.SplitLayout.SHARED_SHORT;
import static dev.virtq.split.SplitLayout.SHORT;

import java.lang.foreign.MemorySegment;

/**
 * The available and the used ring, as an onlooker reads them. Positions are taken modulo the size.
 */
final class SplitRings {
    private final MemorySegment available;
    private final MemorySegment used;
    private final int size;

    SplitRings(SplitAreas areas, int size) {
        available = areas.available();
        used = areas.used();
        this.size = size;
    }

    int availableIndex() {
        return u16((short) SHARED_SHORT.getAcquire(available, (long) RING_INDEX));
    }

    int usedIndex() {
        return u16((short) SHARED_SHORT.getAcquire(used, (long) RING_INDEX));
    }

    int availableFlags() {
        return u16(available.get(SHORT, RING_FLAGS));
    }

    int usedFlags() {
        return u16(used.get(SHORT, RING_FLAGS));
    }

    int usedEvent() {
        return u16(available.get(SHORT, SplitLayout.usedEvent(size)));
    }

    int availEvent() {
        return u16(used.get(SHORT, SplitLayout.availEvent(size)));
    }

    /** {@return where in either ring that position is} */
    int slot(int position) {
        return position & (size - 1);
    }

    int availableHead(int position) {
        return u16(available.get(SHORT, SplitLayout.availableEntry(slot(position))));
    }

    int usedId(int position) {
        return used.get(INT, SplitLayout.usedEntry(slot(position)));
    }

    long usedLength(int position) {
        long entry = SplitLayout.usedEntry(slot(position));
        return Integer.toUnsignedLong(used.get(INT, entry + SplitLayout.USED_ENTRY_LENGTH));
    }

    private static int u16(short value) {
        return Short.toUnsignedInt(value);
    }
}
