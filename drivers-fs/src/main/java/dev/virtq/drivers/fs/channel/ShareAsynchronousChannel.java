package dev.virtq.drivers.fs.channel;

import dev.virtq.drivers.fs.node.ShareErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A file of the share, read and written by threads that nobody waits for. */
public final class ShareAsynchronousChannel extends AsynchronousFileChannel {
    private final OpenHandle handle;
    private final Transfers transfers;
    private final LockHolder locks;
    private final Executor executor;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Makes a channel.
     *
     * @param handle the open file; closed with the channel
     * @param locks the locks of the mount
     * @param executor whose threads ask the server, and run the handlers
     */
    public ShareAsynchronousChannel(OpenHandle handle, FileLocks locks, Executor executor) {
        this.handle = handle;
        this.locks = new LockHolder(handle, locks);
        this.executor = executor;
        transfers = new Transfers(handle);
    }

    private <T> T ask(Callable<T> request) throws Exception {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        try {
            handle.enter();
            try {
                return request.call();
            } finally {
                handle.leave();
            }
        } catch (IOException e) {
            throw isOpen() ? ShareErrors.inChannel(e) : asynchronously(e);
        }
    }

    private static IOException asynchronously(IOException cause) {
        IOException e = new AsynchronousCloseException();
        e.initCause(cause);
        return e;
    }

    private <T> T now(Callable<T> request) throws IOException {
        try {
            return ask(request);
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("a request fails with an IOException", e);
        }
    }

    private <T> Future<T> later(Callable<T> request) {
        FutureTask<T> task = new FutureTask<>(() -> ask(request));
        executor.execute(task);
        return task;
    }

    private <T, A> void later(
            Callable<T> request,
            @Nullable A attachment,
            CompletionHandler<T, ? super @Nullable A> handler) {
        if (handler == null) {
            throw new NullPointerException("'handler' is null");
        }
        executor.execute(() -> {
            T result;
            try {
                result = ask(request);
            } catch (Exception e) {
                handler.failed(e, attachment);
                return;
            }
            handler.completed(result, attachment);
        });
    }

    private Callable<Integer> reading(ByteBuffer dst, long position) {
        checkPosition(position);
        if (dst.isReadOnly()) {
            throw new IllegalArgumentException("Read-only buffer");
        }
        if (!handle.modes().reads()) {
            throw new NonReadableChannelException();
        }
        return () -> transfers.read(dst, position);
    }

    private Callable<Integer> writing(ByteBuffer src, long position) {
        checkPosition(position);
        if (!handle.modes().writes()) {
            throw new NonWritableChannelException();
        }
        return () -> transfers.write(src, position);
    }

    private static void checkPosition(long position) {
        if (position < 0) {
            throw new IllegalArgumentException(
                    "a position of %d (expected: 0 or more)".formatted(position));
        }
    }

    @Override
    public long size() throws IOException {
        return now(handle::size);
    }

    @Override
    public AsynchronousFileChannel truncate(long size) throws IOException {
        if (size < 0) {
            throw new IllegalArgumentException(
                    "a size of %d (expected: 0 or more)".formatted(size));
        }
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        if (!handle.modes().writes()) {
            throw new NonWritableChannelException();
        }
        return now(() -> {
            if (size < handle.size()) {
                handle.truncate(size);
            }
            return this;
        });
    }

    @Override
    public void force(boolean metaData) throws IOException {
        now(() -> {
            handle.force(metaData);
            return this;
        });
    }

    @Override
    public <A> void read(
            ByteBuffer dst,
            long position,
            @Nullable A attachment,
            CompletionHandler<Integer, ? super A> handler) {
        later(reading(dst, position), attachment, handler);
    }

    @Override
    public Future<Integer> read(ByteBuffer dst, long position) {
        return later(reading(dst, position));
    }

    @Override
    public <A> void write(
            ByteBuffer src,
            long position,
            @Nullable A attachment,
            CompletionHandler<Integer, ? super A> handler) {
        later(writing(src, position), attachment, handler);
    }

    @Override
    public Future<Integer> write(ByteBuffer src, long position) {
        return later(writing(src, position));
    }

    private ShareLock prepare(long position, long size, boolean shared) {
        locks.check(shared);
        long length = size == 0 ? Long.MAX_VALUE - Math.max(0, position) : size;
        return new ShareLock(this, locks, position, length, shared);
    }

    private Callable<FileLock> locking(long position, long size, boolean shared) {
        ShareLock lock = prepare(position, size, shared);
        return () -> {
            if (!locks.lock(lock, this)) {
                throw new AsynchronousCloseException();
            }
            return lock;
        };
    }

    @Override
    public <A> void lock(
            long position,
            long size,
            boolean shared,
            @Nullable A attachment,
            CompletionHandler<FileLock, ? super A> handler) {
        later(locking(position, size, shared), attachment, handler);
    }

    @Override
    public Future<FileLock> lock(long position, long size, boolean shared) {
        return later(locking(position, size, shared));
    }

    @Override
    public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        ShareLock lock = prepare(position, size, shared);
        return now(() -> locks.tryLock(lock)) ? lock : null;
    }

    @Override
    public boolean isOpen() {
        return !closed.get();
    }

    @Override
    public void close() throws IOException {
        if (closed.getAndSet(true)) {
            return;
        }
        locks.closeAll(this);
    }
}
