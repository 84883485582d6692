package dev.virtq.queue;

import dev.virtq.device.Interrupt;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Notices that a device uses buffers and sends no notification although it was asked to (virtio
 * 1.4, sections 2.7.7.2 and 2.8.7): the interrupt is lost on its way, or never sent. Waiters go on,
 * since the ring is looked at now and then all the same; what would be a mystery of slowness has a
 * name.
 */
final class MissedInterrupts {
    private static final System.Logger LOG = System.getLogger(MissedInterrupts.class.getName());

    /** How much later than the used buffer its interrupt may come. */
    private static final long GRACE_NANOS = 20_000_000;

    private final int queue;
    private final AtomicLong count = new AtomicLong();

    MissedInterrupts(int queue) {
        this.queue = queue;
    }

    /**
     * A buffer was used during a wait that no interrupt ended. Until it has proven true once, the
     * interrupt gets a little more time: it may be on its way.
     */
    void usedInSilence(Interrupt interrupt, long silentNanos) throws InterruptedException {
        if (count.get() == 0 && interrupt.await(GRACE_NANOS)) {
            return;
        }
        if (count.getAndIncrement() == 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "queue {0}: completion seen in the ring, no interrupt came within {1} ms;"
                            + " waits end late from now on, when the ring is looked at every {1} ms",
                    queue,
                    silentNanos / 1_000_000);
        }
    }

    long count() {
        return count.get();
    }
}
