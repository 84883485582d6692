package dev.virtq.queue;

import dev.virtq.queue.ring.IndirectUse;
import java.time.Duration;

/**
 * How a queue is set up.
 *
 * @param size how many entries at most; 0 takes {@value #DEFAULT_SIZE}. The device's own maximum
 *     holds in any case
 * @param indirect when chains go into an indirect table
 * @param spin how long a wait looks at the ring before it asks for an interrupt
 * @param leakTracking how closely prepared transfers are followed
 */
public record QueueOptions(
        int size, IndirectUse indirect, Duration spin, LeakTracking leakTracking) {
    /** The size that a queue gets when nobody asks for one. */
    public static final int DEFAULT_SIZE = 256;

    /** What a queue gets when nobody says otherwise. */
    public static final QueueOptions DEFAULT =
            new QueueOptions(
                    0,
                    IndirectUse.WHEN_IT_SAVES_SLOTS,
                    Duration.ofNanos(100_000),
                    LeakTracking.SAMPLED);

    /** Refuses a size that no queue can have. */
    public QueueOptions {
        if (size < 0 || size > 32768) {
            throw new IllegalArgumentException("queue size " + size + " (expected: 1..32768)");
        }
        if (spin.isNegative()) {
            throw new IllegalArgumentException("spin " + spin + " (expected: 0 or more)");
        }
    }

    /**
     * {@return these options with another size}
     *
     * @param entries how many entries at most
     */
    public QueueOptions withSize(int entries) {
        return new QueueOptions(entries, indirect, spin, leakTracking);
    }

    /**
     * {@return these options with another use of indirect tables}
     *
     * @param use when chains go into an indirect table
     */
    public QueueOptions withIndirect(IndirectUse use) {
        return new QueueOptions(size, use, spin, leakTracking);
    }

    /**
     * {@return these options with another time to spin}
     *
     * @param time how long a wait looks at the ring before it asks for an interrupt. Zero asks at
     *     once; as long as any wait lasts, it never does, and the device is spared its interrupts
     */
    public QueueOptions withSpin(Duration time) {
        return new QueueOptions(size, indirect, time, leakTracking);
    }

    /**
     * {@return these options with another leak tracking}
     *
     * @param tracking how closely prepared transfers are followed
     */
    public QueueOptions withLeakTracking(LeakTracking tracking) {
        return new QueueOptions(size, indirect, spin, tracking);
    }
}
