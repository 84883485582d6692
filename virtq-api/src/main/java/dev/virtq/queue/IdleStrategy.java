package dev.virtq.queue;

import java.util.concurrent.locks.LockSupport;

/**
 * What a polling loop does when there was nothing to do.
 *
 * <pre>{@code
 * TransferToken token = queue.poll();
 * if (token == null) { idle.idle(); continue; }
 * idle.reset();
 * }</pre>
 *
 * <p>Not thread safe: one for each loop.
 */
public interface IdleStrategy {
    /** Waits a little. */
    void idle();

    /** Takes note that there was something to do. */
    void reset();

    /** {@return a strategy that never lets go of the processor: the lowest latency} */
    static IdleStrategy spinning() {
        return new IdleStrategy() {
            @Override
            public void idle() {
                Thread.onSpinWait();
            }

            @Override
            public void reset() {}
        };
    }

    /** {@return a strategy that spins, then sleeps, longer each time, up to a millisecond} */
    static IdleStrategy backingOff() {
        return new IdleStrategy() {
            private static final int SPINS = 100;
            private static final long MAX_PARK_NANOS = 1_000_000;
            private int calls;
            private long parkNanos = 1_000;

            @Override
            public void idle() {
                calls++;
                if (calls <= SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.parkNanos(parkNanos);
                    parkNanos = Math.min(2 * parkNanos, MAX_PARK_NANOS);
                }
            }

            @Override
            public void reset() {
                calls = 0;
                parkNanos = 1_000;
            }
        };
    }

    /**
     * {@return a strategy that never spins: it sleeps as long as it was told, and costs least}
     *
     * @param nanos how long, in nanoseconds; the system adds some 50 microseconds
     * @throws IllegalArgumentException when that is not more than 0
     */
    static IdleStrategy parking(long nanos) {
        if (nanos <= 0) {
            throw new IllegalArgumentException("%d ns (expected: more than 0)".formatted(nanos));
        }
        return new IdleStrategy() {
            @Override
            public void idle() {
                LockSupport.parkNanos(nanos);
            }

            @Override
            public void reset() {}
        };
    }
}
