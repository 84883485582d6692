package dev.virtq.machine.sim.vhostuser;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * The account of a split queue: {@code u64 features; u16 version; u16 entries; u16 last of the
 * batch; u16 used index}, and for each head {@code u8 in flight; u8 padding[5]; u16 next of the
 * batch; u64 counter}.
 */
final class SplitInflight extends QueueInflight {
    private static final long LAST_OF_BATCH = 12;
    private static final long USED_INDEX = 14;
    private static final long HEADER_BYTES = 16;
    private static final long ENTRY_BYTES = 16;
    private static final long NEXT = 6;
    private static final long COUNTER = 8;

    private final List<Integer> batch = new ArrayList<>();

    SplitInflight(MemorySegment area, int size, boolean inOrder) {
        super(area, size, inOrder);
    }

    static long bytesFor(int size) {
        return HEADER_BYTES + ENTRY_BYTES * size;
    }

    @Override
    void begin(int base) {
        area.set(U16, USED_INDEX, (short) base);
    }

    @Override
    int goOn(int base, Deque<Integer> ids) {
        // The used index of the ring counts: what it shows the driver has seen, or may have.
        int behind = (base - area.get(U16, USED_INDEX)) & 0xffff;
        int head = Short.toUnsignedInt(area.get(U16, LAST_OF_BATCH));
        for (int i = 0; i < behind && head < size; i++) {
            area.set(ValueLayout.JAVA_BYTE, entry(head), (byte) 0);
            head = Short.toUnsignedInt(area.get(U16, entry(head) + NEXT));
        }
        area.set(U16, USED_INDEX, (short) base);
        List<Integer> heads = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            if (area.get(ValueLayout.JAVA_BYTE, entry(i)) != 0) {
                heads.add(i);
            }
        }
        heads.sort(Comparator.comparingLong(each -> area.get(U64, entry(each) + COUNTER)));
        ids.addAll(heads);
        return base;
    }

    @Override
    void mark(int id, long number) {
        area.set(U64, entry(id) + COUNTER, number);
        area.set(ValueLayout.JAVA_BYTE, entry(id), (byte) 1);
    }

    @Override
    void addToBatch(int id) {
        area.set(U16, entry(id) + NEXT, area.get(U16, LAST_OF_BATCH));
        area.set(U16, LAST_OF_BATCH, (short) id);
        batch.add(id);
    }

    @Override
    void endBatch(int position) {
        batch.forEach(id -> area.set(ValueLayout.JAVA_BYTE, entry(id), (byte) 0));
        batch.clear();
        area.set(U16, USED_INDEX, (short) position);
    }

    private static long entry(int head) {
        return HEADER_BYTES + ENTRY_BYTES * head;
    }
}
