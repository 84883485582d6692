package dev.virtq.drivers.fs.window;

import dev.virtq.drivers.fs.fuse.FuseException;
import dev.virtq.drivers.fs.fuse.FuseProtocolException;
import dev.virtq.drivers.fs.fuse.WindowCalls;
import dev.virtq.drivers.fs.fuse.WindowRange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Parts of the window that nobody can reach any more. Who notices that may be a thread of the JDK,
 * which leaves a note and goes on; a thread of the mount tells the server, or whoever needs room.
 */
final class ReturnedRanges {
    private final WindowCalls server;
    private final FreeRanges free;
    private final Queue<WindowRange> notes = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean awaited = new AtomicBoolean();
    private final ReentrantLock telling = new ReentrantLock();
    private volatile boolean closed;

    ReturnedRanges(WindowCalls server, FreeRanges free) {
        this.server = server;
        this.free = free;
    }

    /** Leaves a note. */
    void add(WindowRange range) {
        if (closed) {
            return;
        }
        notes.add(range);
        if (awaited.compareAndSet(false, true)) {
            Thread.ofVirtual().name("virtq-unmap").start(this::tellLater);
        }
    }

    private void tellLater() {
        awaited.set(false);
        tell();
    }

    /** Tells the server of all that was noted; what it has heard of is free afterwards. */
    void tell() {
        telling.lock();
        try {
            while (!closed) {
                List<WindowRange> some = new ArrayList<>();
                WindowRange next;
                while (some.size() < WindowCalls.MOST_RANGES && (next = notes.poll()) != null) {
                    some.add(next);
                }
                if (some.isEmpty()) {
                    return;
                }
                if (isHeard(some)) {
                    some.forEach(free::giveBack);
                }
            }
        } finally {
            telling.unlock();
        }
    }

    /**
     * A server that refuses it shows something there still, which the next mapping replaces
     * (5.11.6.4.1#4). One that has not answered may do it later: the range is not used again.
     */
    private boolean isHeard(List<WindowRange> some) {
        try {
            server.remove(some);
            return true;
        } catch (FuseException | FuseProtocolException e) {
            log(e);
            return true;
        } catch (IOException | RuntimeException e) {
            log(e);
            return false;
        }
    }

    private static void log(Exception e) {
        System.getLogger(ReturnedRanges.class.getName())
                .log(System.Logger.Level.DEBUG, "REMOVEMAPPING failed", e);
    }

    /** Tells no more: the server takes everything back by itself. */
    void close() {
        closed = true;
        notes.clear();
    }
}
