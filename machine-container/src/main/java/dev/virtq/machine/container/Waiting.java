package dev.virtq.machine.container;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Waits that an interrupt does not cut short: each is short by itself, and a machine that is half
 * started or half ended is worse. The interrupt is handed back.
 */
final class Waiting {
    private Waiting() {}

    /** Something that can be waited for, such as {@code CountDownLatch::await}. */
    @FunctionalInterface
    interface Awaitable {
        boolean await(long timeout, TimeUnit unit) throws InterruptedException;
    }

    static boolean uninterruptibly(Awaitable awaitable, Duration limit) {
        boolean interrupted = false;
        try {
            long deadline = System.nanoTime() + limit.toNanos();
            while (true) {
                try {
                    return awaitable.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException interrupt) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
