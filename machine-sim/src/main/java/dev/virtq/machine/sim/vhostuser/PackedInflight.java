package dev.virtq.machine.sim.vhostuser;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * The account of a packed queue, in the places that the protocol gives it: {@code u64 features; u16
 * version; u16 entries}, free lists that are not used here, {@code u16 used slot} at 16 and {@code
 * u8 wrap counter} at 20; then for each id 32 bytes, with {@code u8 in flight} at 0 and {@code u64
 * counter} at 8. What a chain consists of is not copied: the device keeps to the order of the ring,
 * and a front end has a ring gone on with only while all of it still stands there.
 */
final class PackedInflight extends QueueInflight {
    private static final long USED_SLOT = 16;
    private static final long USED_WRAP = 20;
    private static final long HEADER_BYTES = 32;
    private static final long ENTRY_BYTES = 32;
    private static final long COUNTER = 8;
    private static final int WRAP = 1 << 15;

    private static final byte IDLE = 0;
    private static final byte IN_FLIGHT = 1;

    /** It was used, and whether the driver can see that, the position tells. */
    private static final byte IN_BATCH = 2;

    PackedInflight(MemorySegment area, int size, boolean inOrder) {
        super(area, size, inOrder);
    }

    static long bytesFor(int size) {
        return HEADER_BYTES + ENTRY_BYTES * size;
    }

    @Override
    void begin(int base) {
        position(base);
    }

    @Override
    int goOn(int base, Deque<Integer> ids) {
        int slot = Short.toUnsignedInt(area.get(U16, USED_SLOT));
        int encoded = area.get(ValueLayout.JAVA_BYTE, USED_WRAP) != 0 ? slot | WRAP : slot;
        boolean shown = base != (encoded << 16 | encoded);
        boolean anyShown = false;
        List<Integer> inFlight = new ArrayList<>();
        for (int id = 0; id < size; id++) {
            byte state = area.get(ValueLayout.JAVA_BYTE, entry(id));
            if (state == IN_FLIGHT || (state == IN_BATCH && !shown)) {
                area.set(ValueLayout.JAVA_BYTE, entry(id), IN_FLIGHT);
                inFlight.add(id);
            } else if (state == IN_BATCH) {
                area.set(ValueLayout.JAVA_BYTE, entry(id), IDLE);
                anyShown = true;
            }
        }
        inFlight.sort(Comparator.comparingLong(each -> area.get(U64, entry(each) + COUNTER)));
        ids.addAll(inFlight);
        if (anyShown) {
            position(base);
            return base;
        }
        return encoded << 16 | encoded;
    }

    @Override
    void mark(int id, long number) {
        area.set(U64, entry(id) + COUNTER, number);
        area.set(ValueLayout.JAVA_BYTE, entry(id), IN_FLIGHT);
    }

    @Override
    void addToBatch(int id) {
        area.set(ValueLayout.JAVA_BYTE, entry(id), IN_BATCH);
    }

    @Override
    void endBatch(int position) {
        for (int id = 0; id < size; id++) {
            if (area.get(ValueLayout.JAVA_BYTE, entry(id)) == IN_BATCH) {
                area.set(ValueLayout.JAVA_BYTE, entry(id), IDLE);
            }
        }
        position(position);
    }

    private void position(int base) {
        area.set(U16, USED_SLOT, (short) (base & (WRAP - 1)));
        area.set(ValueLayout.JAVA_BYTE, USED_WRAP, (byte) ((base & WRAP) != 0 ? 1 : 0));
    }

    private static long entry(int id) {
        return HEADER_BYTES + ENTRY_BYTES * id;
    }
}
