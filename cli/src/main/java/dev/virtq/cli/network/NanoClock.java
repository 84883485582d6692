package dev.virtq.cli.network;

/** A monotonic clock in nanoseconds, replaceable so that tests decide when time passes. */
@FunctionalInterface
interface NanoClock {
    /** The clock of this computer. */
    NanoClock SYSTEM = System::nanoTime;

    long nanoTime();
}
