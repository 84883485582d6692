package dev.virtq.machine.qemu;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A unix stream socket on which every wait has an end.
 *
 * <p>The channel never blocks: a blocking channel knows no timeout, and an interrupt of a thread
 * that merely rings a doorbell would close it under everybody else. One thread at a time may wait
 * for input, and others through {@link #watch}; writing beside it is allowed.
 */
final class UnixSocket implements AutoCloseable {
    /** The longest path that fits in {@code sockaddr_un} with its final zero. */
    private static final int MAX_PATH_BYTES = 107;

    private static final long WRITE_PAUSE_NANOS = 20_000;

    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private final List<InputWatch> watches = new ArrayList<>(); // under its own lock

    private UnixSocket(SocketChannel channel, Selector selector) throws IOException {
        this.channel = channel;
        this.selector = selector;
        this.key = channel.register(selector, SelectionKey.OP_READ);
    }

    static UnixSocket connect(Path path, Duration timeout) throws IOException {
        if (path.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            throw new IOException(
                    "the path of a unix socket has at most %d bytes, this one is longer: %s"
                            .formatted(MAX_PATH_BYTES, path));
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.configureBlocking(false);
            boolean connected = channel.connect(UnixDomainSocketAddress.of(path));
            while (!connected) {
                if (System.nanoTime() - deadline >= 0) {
                    throw new IOException("nobody accepted the connection to " + path);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
                connected = channel.finishConnect();
            }
            return new UnixSocket(channel, Selector.open());
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    /** Reads what is there; 0 when nothing is, -1 when the peer has closed. */
    int read(ByteBuffer target) throws IOException {
        return channel.read(target);
    }

    /** Writes what fits; 0 when the peer does not read. */
    int write(ByteBuffer source) throws IOException {
        return channel.write(source);
    }

    /** Writes everything, or says at the deadline that it could not. */
    boolean writeFully(ByteBuffer source, long deadlineNanos) throws IOException {
        while (source.hasRemaining()) {
            if (channel.write(source) == 0) {
                if (System.nanoTime() - deadlineNanos >= 0) {
                    return false;
                }
                LockSupport.parkNanos(WRITE_PAUSE_NANOS);
            }
        }
        return true;
    }

    /** Waits until there is something to read, or the peer has closed; false at the deadline. */
    boolean awaitReadable(long deadlineNanos) throws IOException {
        return await(SelectionKey.OP_READ, deadlineNanos);
    }

    /** Waits until there is something to read or room to write; false at the deadline. */
    boolean awaitReadableOrWritable(long deadlineNanos) throws IOException {
        return await(SelectionKey.OP_READ | SelectionKey.OP_WRITE, deadlineNanos);
    }

    private boolean await(int operations, long deadlineNanos) throws IOException {
        boolean interrupted = false;
        try {
            if (key.interestOps() != operations) {
                key.interestOps(operations);
            }
            while (true) {
                long left = deadlineNanos - System.nanoTime();
                if (left <= 0) {
                    return selectNow();
                }
                selector.selectedKeys().clear();
                if (selector.select(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left))) > 0) {
                    return true;
                }
                if (!channel.isOpen()) {
                    throw new IOException("the socket was closed");
                }
                // An interrupt ends select at once and for ever: the wait goes on without it and
                // hands it back, since every wait here is short.
                interrupted |= Thread.interrupted();
            }
        } catch (ClosedSelectorException | CancelledKeyException closed) {
            throw new IOException("the socket was closed", closed);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean selectNow() throws IOException {
        selector.selectedKeys().clear();
        return selector.selectNow() > 0;
    }

    /** {@return a way for another thread to wait for input; closed with the socket} */
    InputWatch watch() throws IOException {
        synchronized (watches) {
            Selector other = Selector.open();
            try {
                channel.register(other, SelectionKey.OP_READ);
            } catch (ClosedChannelException closed) {
                other.close();
                throw closed;
            }
            InputWatch watch = new InputWatch(other);
            watches.add(watch);
            return watch;
        }
    }

    /** Closes it because of a failure, which is the one that counts. */
    void closeAfter(Exception failure) {
        try {
            close();
        } catch (IOException alsoFailed) {
            failure.addSuppressed(alsoFailed);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            // The descriptor of a registered channel is only released when its selectors go.
            synchronized (watches) {
                for (InputWatch watch : watches) {
                    watch.close();
                }
            }
            selector.close();
        }
    }
}
