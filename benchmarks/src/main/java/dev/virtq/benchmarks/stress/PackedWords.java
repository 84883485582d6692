package dev.virtq.benchmarks.stress;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** As in a packed ring: a descriptor's second half, and an event suppression structure. */
final class PackedWords extends BareWords {
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

    @Override
    void startAwake() {
        INT.set(words, EVENT, 1);
    }

    @Override
    void announce() {
        LONG.setRelease(words, INDEX, 1L);
    }

    @Override
    boolean isWanted() {
        return (int) INT.getOpaque(words, EVENT) == 0;
    }

    @Override
    void ask() {
        INT.setOpaque(words, EVENT, 0);
    }

    @Override
    boolean isAnnounced() {
        return (long) LONG.getAcquire(words, INDEX) != 0;
    }
}
