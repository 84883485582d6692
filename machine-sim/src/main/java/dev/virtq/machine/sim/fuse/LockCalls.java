package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.fuse.LockTable.Lock;
import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Requests about locks. One that has to wait is answered later, in the order in which they came;
 * meanwhile the server serves others.
 */
final class LockCalls {
    private static final int FLOCK = 1;

    /** As many interruptions as may be ahead of what they interrupt. */
    private static final int MOST_EARLY = 1024;

    /** Somebody who waits for a lock. */
    private record Waiter(long ticket, long unique, long node, Lock lock) {}

    private final Session session;
    private final List<Waiter> waiters = new ArrayList<>();
    private final Deque<LateAnswer> answers = new ArrayDeque<>();

    /** Interruptions that came on their own queue before the request did on another. */
    private final Set<Long> early = new LinkedHashSet<>();

    LockCalls(Session session) {
        this.session = session;
    }

    FuseAnswer getlk(FuseRequest request) throws FileError {
        Lock wanted = read(request);
        Optional<Lock> conflict = session.locks().conflict(request.node(), wanted);
        Lock told =
                conflict.orElse(
                        new Lock(0, false, LockTable.UNLOCK, wanted.start(), wanted.end(), 0));
        return new FuseAnswer()
                .u64(told.start())
                .u64(told.end())
                .u32(told.type())
                .u32(told.process());
    }

    FuseAnswer setlk(FuseRequest request) throws FileError {
        Lock wanted = read(request);
        if (session.locks().conflict(request.node(), wanted).isPresent()) {
            throw Errno.EAGAIN.error();
        }
        set(request.node(), wanted);
        return new FuseAnswer();
    }

    /** {@return the answer; {@code null} when it comes later} */
    @Nullable FuseAnswer setlkw(FuseRequest request, long ticket) throws FileError {
        Lock wanted = read(request);
        if (session.locks().conflict(request.node(), wanted).isEmpty()) {
            set(request.node(), wanted);
            return new FuseAnswer();
        }
        if (early.remove(request.unique())) {
            throw Errno.EINTR.error();
        }
        waiters.add(new Waiter(ticket, request.unique(), request.node(), wanted));
        return null;
    }

    void interrupt(FuseRequest request) throws FileError {
        long unique = request.u64();
        for (Waiter waiter : waiters) {
            if (waiter.unique == unique) {
                waiters.remove(waiter);
                answers.add(new LateAnswer(waiter.ticket, FuseAnswer.error(Errno.EINTR, unique)));
                return;
            }
        }
        early.add(unique);
        if (early.size() > MOST_EARLY) {
            early.remove(early.iterator().next());
        }
    }

    void release(long node, long owner, boolean wholeFile) {
        session.locks().release(node, owner, wholeFile);
        wakeUp(node);
    }

    /** Nobody has the file open any more, nor whoever waits for a lock of it. */
    void drop(long node) {
        session.locks().drop(node);
        for (Iterator<Waiter> each = waiters.iterator(); each.hasNext(); ) {
            Waiter waiter = each.next();
            if (waiter.node == node) {
                each.remove();
                answers.add(
                        new LateAnswer(
                                waiter.ticket, FuseAnswer.error(Errno.EBADF, waiter.unique)));
            }
        }
    }

    /** {@return an answer that can be given now; {@code null} when there is none} */
    @Nullable LateAnswer next() {
        return answers.poll();
    }

    int waiting() {
        return waiters.size();
    }

    void clear() {
        waiters.clear();
        answers.clear();
        early.clear();
    }

    private void set(long node, Lock lock) {
        session.locks().set(node, lock);
        wakeUp(node);
    }

    /** Something has changed: whoever can have a lock now gets it. */
    private void wakeUp(long node) {
        for (Iterator<Waiter> each = waiters.iterator(); each.hasNext(); ) {
            Waiter waiter = each.next();
            if (waiter.node == node && session.locks().conflict(node, waiter.lock).isEmpty()) {
                each.remove();
                session.locks().set(node, waiter.lock);
                answers.add(new LateAnswer(waiter.ticket, new FuseAnswer().finish(waiter.unique)));
            }
        }
    }

    /** {@code struct fuse_lk_in}. */
    private Lock read(FuseRequest request) throws FileError {
        Handles.File file = session.handles().file(request.u64(), request.node());
        long owner = request.u64();
        long start = request.u64();
        long end = request.u64();
        int type = request.u32();
        int process = request.u32();
        boolean wholeFile = (request.u32() & FLOCK) != 0;
        if (start < 0 || end < start || type < LockTable.READ || type > LockTable.UNLOCK) {
            throw Errno.EINVAL.error();
        }
        boolean open =
                switch (type) {
                    case LockTable.READ -> file.read();
                    case LockTable.WRITE -> file.write();
                    default -> true;
                };
        if (!wholeFile && !open) {
            throw Errno.EBADF.error();
        }
        return wholeFile
                ? new Lock(owner, true, type, 0, Long.MAX_VALUE, process)
                : new Lock(owner, false, type, start, end, process);
    }
}
