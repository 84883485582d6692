package dev.virtq.transport;

import dev.virtq.device.Interrupt;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Shares one source of events among several queues and the configuration: each subscriber notices
 * each event, although the source tells of it once.
 *
 * <p>The source knows one waiter at a time. Of the threads that wait, one leads and waits on the
 * source; it wakes the others, and when it leaves another takes the lead. Whoever waits for a queue
 * also wakes when the configuration changes: the device may need a reset.
 */
public final class SignalHub {
    private final EventSource source;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // written under the lock; read without it to see whether an event has come
    private final AtomicLong queueEvents = new AtomicLong();
    private final AtomicLong configEvents = new AtomicLong();

    private boolean led; // under the lock

    /**
     * Shares a source.
     *
     * @param source what tells of events; nobody else asks it
     */
    public SignalHub(EventSource source) {
        this.source = source;
    }

    /**
     * Subscribes to events from now on.
     *
     * @param kind {@link EventSource#QUEUE} or {@link EventSource#CONFIG}
     * @return tells of them
     */
    public Interrupt subscribe(int kind) {
        return new Subscription(kind);
    }

    private void note(int events) {
        if ((events & EventSource.QUEUE) != 0) {
            queueEvents.incrementAndGet();
        }
        if ((events & EventSource.CONFIG) != 0) {
            configEvents.incrementAndGet();
        }
    }

    /** Waits on the source for everybody. Called with the lock; gives it up meanwhile. */
    private void lead(long nanos) throws InterruptedException {
        led = true;
        lock.unlock();
        int events = 0;
        try {
            events = source.await(nanos);
        } finally {
            lock.lock();
            led = false;
            note(events);
            changed.signalAll();
        }
    }

    private final class Subscription implements Interrupt {
        private final int kind;
        private volatile long noted; // a queue may be handed from thread to thread

        Subscription(int kind) {
            this.kind = kind;
            this.noted = events();
        }

        @Override
        public boolean poll() {
            if (takeNote()) {
                return true;
            }
            if (!lock.tryLock()) {
                return false; // whoever holds the lock is about to tell
            }
            try {
                if (!led) {
                    note(source.poll());
                }
            } finally {
                lock.unlock();
            }
            return takeNote();
        }

        @Override
        public boolean await(long nanos) throws InterruptedException {
            long deadline = System.nanoTime() + nanos;
            lock.lockInterruptibly();
            try {
                long unchanged = configEvents.get();
                while (!takeNote()) {
                    if (configEvents.get() != unchanged) {
                        return true;
                    }
                    long left = deadline - System.nanoTime();
                    if (left <= 0) {
                        return !led && pollHere();
                    }
                    if (led) {
                        long _ = changed.awaitNanos(left);
                    } else {
                        lead(left);
                    }
                }
                return true;
            } finally {
                lock.unlock();
            }
        }

        /** The last look of a waiter whose time is over, or who did not want to wait at all. */
        private boolean pollHere() {
            note(source.poll());
            return takeNote();
        }

        private boolean takeNote() {
            long now = events();
            if (now == noted) {
                return false;
            }
            noted = now;
            return true;
        }

        private long events() {
            return (kind == EventSource.QUEUE ? queueEvents : configEvents).get();
        }
    }
}
