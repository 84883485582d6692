package dev.virtq.benchmarks.net;

/** A process that drives a device. */
sealed interface Driver extends AutoCloseable permits OwnDriver, Testpmd {
    long pid();

    /** Ends it, whatever it does. */
    @Override
    void close();
}
