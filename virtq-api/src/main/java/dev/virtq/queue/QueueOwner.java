package dev.virtq.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Which thread owns a queue. The first to use it does, until it hands the queue over. The check is one
 * comparison; there is no lock to pay for.
 *
 * <p>When the device is closed from elsewhere, the owner is left a note, since only the owner may touch
 * the books; it finds the note at its next call.
 */
final class QueueOwner {
    private static final VarHandle THREAD;

    static {
        try {
            THREAD =
                    MethodHandles.lookup()
                            .findVarHandle(QueueOwner.class, "thread", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final String queueName;

    /**
     * Read plainly: a stale value can only be another thread, or none, and then {@link #claim} looks
     * again with the order that a hand-over needs.
     */
    @SuppressWarnings("UnusedVariable") // written through THREAD
    private @Nullable Thread thread;

    private volatile @Nullable Runnable note;
    private volatile boolean shared;

    QueueOwner(String queueName) {
        this.queueName = queueName;
    }

    /** Refuses every thread but the owner; the first thread becomes it. */
    void check() {
        if (thread != Thread.currentThread() || note != null) {
            claim();
        }
    }

    /**
     * Refuses views to every thread but the owner: then a view and a sending cannot meet. The users of a
     * shared queue keep them apart themselves, one thread for each token.
     */
    void checkView() {
        if (!shared) {
            check();
        }
    }

    /** Lets go, so that the next thread to use the queue owns it, and sees all that was done here. */
    void handOver() {
        check();
        THREAD.setRelease(this, null); // pairs with the compareAndSet in claim()
    }

    /** From now on only whoever holds the lock of the shared queue uses this one. */
    void share() {
        check();
        shared = true;
        THREAD.setRelease(this, null);
    }

    /** Enters as the holder of the shared queue's lock. */
    void enterShared() {
        THREAD.setVolatile(this, Thread.currentThread());
        readNote();
    }

    void leaveShared() {
        THREAD.setRelease(this, null);
    }

    /**
     * Does something to the books: now, when no other living thread owns the queue, else when the owner
     * calls next.
     */
    void doOrLeaveNote(Runnable action) {
        if (tryClaim()) {
            action.run();
        } else {
            note = action;
        }
    }

    /** {@return whether the current thread owns the queue now} */
    boolean tryClaim() {
        Thread current = Thread.currentThread();
        Thread owner = (Thread) THREAD.getAcquire(this);
        if (owner == current) {
            return true;
        }
        return (owner == null || !owner.isAlive()) && THREAD.compareAndSet(this, owner, current);
    }

    private void claim() {
        Thread current = Thread.currentThread();
        Thread owner = (Thread) THREAD.getAcquire(this);
        if (owner != current) {
            if (shared) {
                throw new IllegalStateException(
                        queueName + " is shared; use its SharedVirtqueue instead");
            }
            if (owner != null || !THREAD.compareAndSet(this, null, current)) {
                Thread other = (Thread) THREAD.getAcquire(this);
                throw new IllegalStateException(
                        "%s belongs to thread \"%s\"; call handOver() there before thread \"%s\" uses it"
                                .formatted(
                                        queueName,
                                        other == null ? "?" : other.getName(),
                                        current.getName()));
            }
        }
        readNote();
    }

    private void readNote() {
        Runnable left = note;
        if (left != null) {
            note = null;
            left.run();
        }
    }
}
