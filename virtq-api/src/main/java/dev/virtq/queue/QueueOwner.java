package dev.virtq.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Which thread owns a queue. The first to use it does, until it hands the queue over or ends. The
 * check is one comparison; there is no lock to pay for.
 *
 * <p>When the device is closed from elsewhere, the owner is left a note, since only the owner may
 * touch the books; it finds the note at its next call.
 */
final class QueueOwner {
    private static final VarHandle THREAD;

    static {
        try {
            THREAD = MethodHandles.lookup().findVarHandle(QueueOwner.class, "thread", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final String queueName;

    /**
     * Read plainly: a stale value can only be another thread, or none, and then {@link #claim}
     * looks again with the order that a hand-over needs.
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
     * Refuses views to every thread but the owner: then a view and a sending cannot meet. The users
     * of a shared queue keep them apart themselves, one thread for each token.
     */
    void checkView() {
        if (!shared) {
            check();
        }
    }

    /**
     * Lets go, so that the next thread to use the queue owns it, and sees all that was done here.
     */
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

    /**
     * Enters as the holder of the shared queue's lock. The lock keeps out everybody but whoever
     * closes or resets the device, and that does not take long.
     */
    void enterShared() {
        enterExclusively();
        readNote();
    }

    void leaveShared() {
        THREAD.setRelease(this, null);
    }

    /**
     * Does something to the books: now, when no other living thread owns the queue, else when the
     * owner calls next. Who owned the queue before does so after.
     */
    void doOrLeaveNote(Runnable action) {
        if (shared) {
            doExclusively(action);
        } else if (!tryToDo(action)) {
            note = action;
            tryToDo(this::readNote); // the owner may have gone before it could see the note
        }
    }

    /**
     * Does something to the books as their owner.
     *
     * @throws IllegalStateException when another living thread owns the queue
     */
    void doAsOwner(Runnable action) {
        if (shared) {
            doExclusively(action);
        } else {
            check();
            action.run();
        }
    }

    /** Refuses when another living thread owns the queue; a shared one can always be entered. */
    void checkOwnable() {
        if (!shared) {
            check();
        }
    }

    private void doExclusively(Runnable action) {
        if (THREAD.getAcquire(this) == Thread.currentThread()) {
            action.run();
            return;
        }
        enterExclusively();
        try {
            action.run();
        } finally {
            leaveShared();
        }
    }

    private void enterExclusively() {
        while (!THREAD.compareAndSet(this, null, Thread.currentThread())) {
            Thread.onSpinWait();
        }
    }

    private boolean tryToDo(Runnable action) {
        Thread current = Thread.currentThread();
        Thread owner = (Thread) THREAD.getAcquire(this);
        if (owner == current) {
            action.run();
            return true;
        }
        if (!isFree(owner) || !THREAD.compareAndSet(this, owner, current)) {
            return false;
        }
        try {
            action.run();
        } finally {
            THREAD.setRelease(this, null);
        }
        return true;
    }

    /**
     * A thread that has ended cannot hand over, and all that it did is visible to who sees it
     * ended.
     */
    private static boolean isFree(@Nullable Thread owner) {
        return owner == null || !owner.isAlive();
    }

    private void claim() {
        Thread current = Thread.currentThread();
        Thread owner = (Thread) THREAD.getAcquire(this);
        if (owner != current) {
            if (shared) {
                throw new IllegalStateException(
                        queueName + " is shared; use its SharedVirtqueue instead");
            }
            if (!isFree(owner) || !THREAD.compareAndSet(this, owner, current)) {
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
