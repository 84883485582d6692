package dev.virtq.benchmarks.stress;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** As in a split ring: an index of 16 bits, and flags of 16 bits. */
final class SplitWords extends BareWords {
    private static final VarHandle SHORT = ValueLayout.JAVA_SHORT.varHandle();

    @Override
    void startAwake() {
        SHORT.set(words, EVENT, (short) 1);
    }

    @Override
    void announce() {
        SHORT.setRelease(words, INDEX, (short) 1);
    }

    @Override
    boolean isWanted() {
        return (short) SHORT.getOpaque(words, EVENT) == 0;
    }

    @Override
    void ask() {
        SHORT.setOpaque(words, EVENT, (short) 0);
    }

    @Override
    boolean isAnnounced() {
        return (short) SHORT.getAcquire(words, INDEX) != 0;
    }
}
