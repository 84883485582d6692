package dev.virtq.drivers.fs.channel;

import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;

/** A lock on a part of a file of the share. */
final class ShareLock extends FileLock {
    private final LockHolder holder;
    private boolean valid = true;

    ShareLock(FileChannel channel, LockHolder holder, long position, long size, boolean shared) {
        super(channel, position, size, shared);
        this.holder = holder;
    }

    ShareLock(
            AsynchronousFileChannel channel,
            LockHolder holder,
            long position,
            long size,
            boolean shared) {
        super(channel, position, size, shared);
        this.holder = holder;
    }

    @Override
    public boolean isValid() {
        synchronized (this) {
            return valid && acquiredBy().isOpen();
        }
    }

    /** {@return whether it was valid until now} */
    synchronized boolean invalidate() {
        boolean before = valid;
        valid = false;
        return before;
    }

    @Override
    public void release() throws IOException {
        if (!acquiredBy().isOpen()) {
            throw new ClosedChannelException();
        }
        if (invalidate()) {
            holder.release(this);
        }
    }
}
