package dev.virtq.benchmarks.stress;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/** The words of a ring that matter for its order, each on a line of its own, and no ring. */
final class BareWords {
    static final VarHandle SHORT = ValueLayout.JAVA_SHORT.varHandle();
    static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    /** The index of a split ring, the flags of a packed ring's descriptor. */
    static final long INDEX = 0;

    /** Whether notifications are wanted: 1 is no. */
    static final long EVENT = 128;

    /** What the index announces. */
    static final long BYTES = 256;

    final MemorySegment words = Arena.ofAuto().allocate(384, 128);
}
