package dev.virtq.benchmarks.stress;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The words of a ring that matter for its order, each on a line of its own, and no ring: the same
 * stores and loads, without what keeps them in order.
 */
abstract class BareWords {
    /** The index of a split ring, the flags of a packed ring's descriptor. */
    static final long INDEX = 0;

    /** Whether notifications are wanted: 1 is no. */
    static final long EVENT = 128;

    /** What the index announces. */
    static final long BYTES = 256;

    static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    final MemorySegment words = Arena.ofAuto().allocate(384, 128);

    /** Says that notifications are not needed, before anything begins. */
    abstract void startAwake();

    /** Announces, as a publication does. */
    abstract void announce();

    /** {@return whether the other side wants to be notified} */
    abstract boolean isWanted();

    /** Asks for notifications. */
    abstract void ask();

    /** {@return whether anything has been announced} */
    abstract boolean isAnnounced();

    /** Publishes, then looks whether to notify. {@return whether it notifies} */
    final boolean announceAndLook() {
        announce();
        return isWanted();
    }

    /** Asks for notifications, then looks again. {@return whether it stays awake} */
    final boolean askAndLook() {
        ask();
        return isAnnounced();
    }

    /** Announces what is not there yet. */
    final void announceTooEarly() {
        announce();
        LONG.setOpaque(words, BYTES, 42L);
    }

    /** {@return the bytes that were announced; -1 when none were} */
    final long take() {
        return isAnnounced() ? (long) LONG.getOpaque(words, BYTES) : -1;
    }
}
