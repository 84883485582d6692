package dev.virtq.benchmarks.fs;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** For something that another process does soon. */
final class Waiting {
    private static final long PAUSE_NANOS = 10_000_000;

    private Waiting() {}

    /** What is waited for. */
    interface Condition {
        boolean holds() throws IOException;
    }

    /** {@return whether it came to hold, while the process lived and before the time was over} */
    static boolean until(Condition condition, Process process, int millis) throws IOException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (!condition.holds()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                return false;
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return true;
    }
}
