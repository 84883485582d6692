package dev.virtq.drivers.fs.channel;

import dev.virtq.drivers.fs.node.ShareErrors;
import java.io.IOException;
import java.nio.channels.Channel;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.util.concurrent.locks.LockSupport;

/**
 * The locks of one channel: to the server, one owner.
 *
 * <p>A lock that somebody else has is asked for again and again. A request that waits (SETLKW)
 * would keep one of the server's few threads, which may be the one that has to hear that the lock
 * is given back.
 */
final class LockHolder {
    private static final long FIRST_PAUSE_NANOS = 500_000;
    private static final long LONGEST_PAUSE_NANOS = 50_000_000;

    private final OpenHandle handle;
    private final FileLocks locks;

    LockHolder(OpenHandle handle, FileLocks locks) {
        this.handle = handle;
        this.locks = locks;
    }

    /** Refuses what the channel could not have locked. */
    void check(boolean shared) {
        if (shared && !handle.modes().reads()) {
            throw new NonReadableChannelException();
        }
        if (!shared && !handle.modes().writes()) {
            throw new NonWritableChannelException();
        }
    }

    /**
     * Takes a lock, if it is free.
     *
     * @return whether it was
     */
    boolean tryLock(FileLock lock) throws IOException {
        locks.add(handle.node(), lock);
        boolean taken = false;
        try {
            taken = locks.take(handle, lock);
            return taken && isKept(lock);
        } finally {
            if (!taken) {
                locks.remove(handle.node(), lock);
            }
        }
    }

    /**
     * Takes a lock when it is free.
     *
     * @return whether it was taken; not when the channel was closed, or the thread was interrupted
     */
    boolean lock(FileLock lock, Channel channel) throws IOException {
        locks.add(handle.node(), lock);
        boolean taken = false;
        long pause = FIRST_PAUSE_NANOS;
        try {
            while (channel.isOpen() && !Thread.currentThread().isInterrupted()) {
                taken = locks.take(handle, lock);
                if (taken) {
                    return isKept(lock);
                }
                LockSupport.parkNanos(this, pause);
                pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
            }
            return false;
        } finally {
            if (!taken) {
                locks.remove(handle.node(), lock);
            }
        }
    }

    /**
     * The channel may have been closed, and its locks given back, before the server gave this one.
     */
    private boolean isKept(FileLock lock) throws IOException {
        if (lock.isValid()) {
            return true;
        }
        locks.giveBack(handle, lock);
        return false;
    }

    void release(ShareLock lock) throws IOException {
        try {
            locks.giveBack(handle, lock);
        } catch (IOException e) {
            throw ShareErrors.inChannel(e);
        } finally {
            locks.remove(handle.node(), lock);
        }
    }

    /** Gives all back, and closes the file: the channel is being closed. */
    void closeAll(Channel channel) throws IOException {
        try {
            try {
                releaseAll(channel);
            } finally {
                handle.close();
            }
        } catch (IOException e) {
            throw ShareErrors.inChannel(e);
        }
    }

    private void releaseAll(Channel channel) throws IOException {
        IOException failure = null;
        for (FileLock lock : locks.of(handle, channel)) {
            if (lock instanceof ShareLock held && held.invalidate()) {
                try {
                    release(held);
                } catch (IOException e) {
                    failure = e;
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
