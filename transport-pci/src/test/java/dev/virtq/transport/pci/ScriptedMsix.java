package dev.virtq.transport.pci;

import java.util.function.BiConsumer;

/** The BAR with the MSI-X table at 0 and the pending bits behind it: plain memory, that sends. */
final class ScriptedMsix extends ScriptedWindow {
    static final int MOST_VECTORS = 2048;
    static final int PENDING = 16 * MOST_VECTORS;
    static final int SIZE = 2 * PENDING;

    private final int[] words = new int[SIZE / 4];
    private final int vectors;
    private final BiConsumer<Long, Integer> bus;
    private boolean forgetful;

    ScriptedMsix(int vectors, BiConsumer<Long, Integer> bus) {
        super(SIZE);
        this.vectors = vectors;
        this.bus = bus;
        for (int vector = 0; vector < vectors; vector++) {
            words[vector * 4 + 3] = 1; // masked, as after a reset
        }
    }

    /** The table keeps nothing of what is written to it. */
    void forgetWrites() {
        forgetful = true;
    }

    void setPending(int vector) {
        words[PENDING / 4 + vector / 32] |= 1 << (vector % 32);
    }

    /** Sends, unless the vector is masked. */
    void send(int vector, boolean allMasked) {
        int entry = vector * 4;
        if (allMasked || (words[entry + 3] & 1) != 0) {
            setPending(vector);
            return;
        }
        long address = (words[entry] & 0xffff_ffffL) | (long) words[entry + 1] << 32;
        bus.accept(address, words[entry + 2]);
    }

    boolean isMasked(int vector) {
        return (words[vector * 4 + 3] & 1) != 0;
    }

    @Override
    int read(int offset, int width) {
        checkWidth(width);
        return words[offset / 4];
    }

    @Override
    void write(int offset, int width, int value, boolean posted) {
        checkWidth(width);
        if (offset >= 16 * vectors) {
            throw new AssertionError("write to 0x%x, beyond the table".formatted(offset));
        }
        if (!forgetful) {
            words[offset / 4] = value;
        }
    }

    private static void checkWidth(int width) {
        if (width != 4) {
            throw new AssertionError("MSI-X access of " + width + " bytes");
        }
    }
}
