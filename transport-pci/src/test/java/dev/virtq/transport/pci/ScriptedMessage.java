package dev.virtq.transport.pci;

import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A place where messages arrive, with a count of the threads that look at it at once. */
final class ScriptedMessage implements MessageInterrupt {
    private final Optional<Message> message;
    private final Semaphore arrived = new Semaphore(0);
    private final AtomicInteger lookers = new AtomicInteger();
    private final AtomicLong count = new AtomicLong();
    private volatile boolean closed;

    ScriptedMessage(Optional<Message> message) {
        this.message = message;
    }

    void arrive() {
        arrived.release();
    }

    boolean isBeingLookedAt() {
        return lookers.get() > 0;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public Optional<Message> message() {
        return message;
    }

    @Override
    public long count() {
        return count.get();
    }

    private boolean note(boolean came) {
        if (came) {
            count.incrementAndGet();
        }
        return came;
    }

    @Override
    public boolean poll() {
        enter();
        try {
            return note(arrived.drainPermits() > 0);
        } finally {
            lookers.decrementAndGet();
        }
    }

    @Override
    public boolean await(long nanos) throws InterruptedException {
        enter();
        try {
            boolean came = arrived.tryAcquire(nanos, TimeUnit.NANOSECONDS);
            int _ = arrived.drainPermits();
            return note(came);
        } finally {
            lookers.decrementAndGet();
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    private void enter() {
        if (lookers.incrementAndGet() > 1) {
            throw new AssertionError("two threads wait for one message");
        }
        if (closed) {
            throw new AssertionError("somebody waits for a message that was given back");
        }
    }
}
