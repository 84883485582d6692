package dev.virtq.drivers.fs.channel;

import dev.virtq.drivers.fs.node.ShareErrors;
import dev.virtq.drivers.fs.window.DaxWindow;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A file of the share as a channel. Threads: any number; those that move the position take turns.
 */
public final class ShareFileChannel extends FileChannel {
    private final OpenHandle handle;
    private final Transfers transfers;
    private final FileMapping mapping;
    private final LockHolder locks;
    private final ReentrantLock positioning = new ReentrantLock();
    private long position; // guarded by positioning

    /**
     * Makes a channel.
     *
     * @param handle the open file; closed with the channel
     * @param locks the locks of the mount
     * @param window what its files are mapped in
     */
    public ShareFileChannel(OpenHandle handle, FileLocks locks, DaxWindow window) {
        this.handle = handle;
        this.locks = new LockHolder(handle, locks);
        transfers = new Transfers(handle);
        mapping = new FileMapping(handle, transfers, window);
    }

    OpenHandle handle() {
        return handle;
    }

    /** Something that is asked of the server. */
    @FunctionalInterface
    private interface Request<T> {
        T ask() throws IOException;
    }

    /** Asks the server: an interrupt closes the channel, as the API has it. */
    private <T> T run(Request<T> request) throws IOException {
        checkOpen();
        boolean completed = false;
        try {
            begin();
            handle.enter();
            try {
                T result = request.ask();
                completed = true;
                return result;
            } finally {
                handle.leave();
            }
        } catch (ClosedChannelException e) {
            throw new AsynchronousCloseException(); // end says more, when it was an interrupt
        } catch (IOException e) {
            throw ShareErrors.inChannel(e);
        } finally {
            end(completed);
        }
    }

    private void checkOpen() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
    }

    private void checkReadable() throws ClosedChannelException {
        checkOpen();
        if (!handle.modes().reads()) {
            throw new NonReadableChannelException();
        }
    }

    private void checkWritable() throws ClosedChannelException {
        checkOpen();
        if (!handle.modes().writes()) {
            throw new NonWritableChannelException();
        }
    }

    static void checkNotNegative(long number, String what) {
        if (number < 0) {
            throw new IllegalArgumentException(
                    "a %s of %d (expected: 0 or more)".formatted(what, number));
        }
    }

    private static void checkFillable(ByteBuffer buffer) {
        if (buffer.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        Objects.requireNonNull(dst);
        return Math.toIntExact(read(new ByteBuffer[] {dst}, 0, 1));
    }

    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, dsts.length);
        checkReadable();
        for (int i = offset; i < offset + length; i++) {
            checkFillable(dsts[i]);
        }
        positioning.lock();
        try {
            long count = run(() -> new Series(transfers, dsts, offset, length).read(position));
            position += Math.max(0, count);
            return count;
        } finally {
            positioning.unlock();
        }
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        Objects.requireNonNull(src);
        return Math.toIntExact(write(new ByteBuffer[] {src}, 0, 1));
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, srcs.length);
        checkWritable();
        positioning.lock();
        try {
            return run(() -> {
                if (handle.modes().appends()) {
                    position = handle.size();
                }
                long count = new Series(transfers, srcs, offset, length).write(position);
                position += count;
                return count;
            });
        } finally {
            positioning.unlock();
        }
    }

    @Override
    public int read(ByteBuffer dst, long from) throws IOException {
        checkNotNegative(from, "position");
        checkReadable();
        checkFillable(dst);
        return run(() -> transfers.read(dst, from));
    }

    @Override
    public int write(ByteBuffer src, long to) throws IOException {
        Objects.requireNonNull(src);
        checkNotNegative(to, "position");
        checkWritable();
        return run(() -> transfers.write(src, handle.modes().appends() ? handle.size() : to));
    }

    @Override
    public long position() throws IOException {
        checkOpen();
        positioning.lock();
        try {
            return handle.modes().appends() ? run(handle::size) : position;
        } finally {
            positioning.unlock();
        }
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        checkOpen();
        checkNotNegative(newPosition, "position");
        positioning.lock();
        try {
            position = newPosition;
            return this;
        } finally {
            positioning.unlock();
        }
    }

    @Override
    public long size() throws IOException {
        return run(handle::size);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        checkOpen();
        checkNotNegative(size, "size");
        checkWritable();
        positioning.lock();
        try {
            return run(() -> {
                if (size < handle.size()) {
                    handle.truncate(size);
                }
                position = Math.min(position, size);
                return this;
            });
        } finally {
            positioning.unlock();
        }
    }

    @Override
    public void force(boolean metaData) throws IOException {
        run(() -> {
            handle.force(metaData);
            return this;
        });
    }

    @Override
    public long transferTo(long from, long count, WritableByteChannel target) throws IOException {
        checkOpen();
        if (!target.isOpen()) {
            throw new ClosedChannelException();
        }
        checkReadable();
        if (target instanceof FileChannel channel && channel instanceof ShareFileChannel other) {
            other.checkWritable();
        }
        checkNotNegative(from, "position");
        checkNotNegative(count, "count");
        if (target instanceof ShareFileChannel other
                && RangeCopy.isPossible(handle, other.handle)) {
            return copyTo(from, count, other);
        }
        return Relay.out(this, from, count, target);
    }

    private long copyTo(long from, long count, ShareFileChannel target) throws IOException {
        target.positioning.lock();
        try {
            long copied = copy(from, target, target.position, count);
            target.position += copied;
            return copied;
        } finally {
            target.positioning.unlock();
        }
    }

    /** Both channels are used meanwhile, and an interrupt closes the one that was called. */
    private long copy(long from, ShareFileChannel target, long to, long count) throws IOException {
        return run(() -> {
            target.handle.enter();
            try {
                return RangeCopy.copy(
                        handle, transfers, from, target.handle, target.transfers, to, count);
            } finally {
                target.handle.leave();
            }
        });
    }

    @Override
    public long transferFrom(ReadableByteChannel src, long to, long count) throws IOException {
        checkOpen();
        if (!src.isOpen()) {
            throw new ClosedChannelException();
        }
        checkWritable();
        if (src instanceof ShareFileChannel other) {
            other.checkReadable();
        }
        checkNotNegative(to, "position");
        checkNotNegative(count, "count");
        if (src instanceof ShareFileChannel other && RangeCopy.isPossible(other.handle, handle)) {
            other.positioning.lock();
            try {
                long copied = other.copy(other.position, this, to, count);
                other.position += copied;
                return copied;
            } finally {
                other.positioning.unlock();
            }
        }
        return Relay.in(src, this, to, count);
    }

    /**
     * {@inheritDoc} It is mapped in the DAX window of the device, and for as long as the buffer, or
     * anything that was made of it, is reachable. Its {@code force} reaches the server's disk with
     * some devices only: {@link #force} does with all. What is {@code PRIVATE} is a copy of what
     * the file has now.
     *
     * @throws UnsupportedOperationException when the device has no DAX window in reach
     * @throws IOException when it has no room, or for other reasons
     */
    @Override
    public MappedByteBuffer map(MapMode mode, long from, long size) throws IOException {
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "a size of %d (expected: %d at most, or to map with an Arena)"
                            .formatted(size, Integer.MAX_VALUE));
        }
        Objects.requireNonNull(mode);
        checkOpen();
        mapping.check(mode, from, size);
        Arena arena = Arena.ofAuto();
        return FileMapping.buffer(run(() -> mapping.map(mode, from, size, arena)));
    }

    /**
     * {@inheritDoc} It is mapped in the DAX window of the device. What is {@code PRIVATE} is a copy
     * of what the file has now.
     *
     * @throws UnsupportedOperationException when the device has no DAX window in reach
     * @throws IOException when it has no room, or for other reasons
     */
    @Override
    public MemorySegment map(MapMode mode, long offset, long size, Arena arena) throws IOException {
        Objects.requireNonNull(mode);
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("the arena was closed before");
        }
        checkOpen();
        mapping.check(mode, offset, size);
        return run(() -> mapping.map(mode, offset, size, arena));
    }

    @Override
    public FileLock lock(long from, long size, boolean shared) throws IOException {
        ShareLock lock = prepare(from, size, shared);
        boolean taken = run(() -> locks.lock(lock, this));
        if (!taken) {
            // end has thrown, when it was closed or interrupted
            throw new AsynchronousCloseException();
        }
        return lock;
    }

    @Override
    public @Nullable FileLock tryLock(long from, long size, boolean shared) throws IOException {
        ShareLock lock = prepare(from, size, shared);
        return run(() -> locks.tryLock(lock)) ? lock : null;
    }

    private ShareLock prepare(long from, long size, boolean shared) throws IOException {
        checkOpen();
        locks.check(shared);
        long length = size == 0 ? Long.MAX_VALUE - Math.max(0, from) : size;
        return new ShareLock(this, locks, from, length, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        locks.closeAll(this);
    }
}
