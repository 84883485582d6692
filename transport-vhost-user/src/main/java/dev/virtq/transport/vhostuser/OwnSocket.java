package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceLostException;
import dev.virtq.device.VirtioException;
import dev.virtq.transport.vhostuser.posix.Poll;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A socket on which this side listens, and to which back ends connect. They are met in the order in
 * which they have come: one that comes while another is served waits until that one is gone, and
 * one that did not wait so long is passed over.
 */
final class OwnSocket implements MeetingPlace {
    /** How often whoever waits looks whether it was interrupted, or this was closed. */
    private static final int SLICE_MILLIS = 50;

    private static final int FILE_TYPE = 0xf000;
    private static final int SOCKET = 0xc000;

    private final Path path;
    private final Duration wait;
    private final UnixSocket listening;

    /** Which file it is, so that no other is removed in its place. */
    private final Object file;

    private volatile boolean closed;

    private OwnSocket(Path path, Duration wait, UnixSocket listening, Object file) {
        this.path = path;
        this.wait = wait;
        this.listening = listening;
        this.file = file;
    }

    /**
     * Listens. A socket that a dead process has left is replaced; anything else that is there stays
     * there.
     *
     * @param path where
     * @param wait how long a back end may take to come
     * @throws IllegalArgumentException when something is there, or nothing can be there
     * @throws VirtioException when the system does not allow it
     */
    static OwnSocket listen(Path path, Duration wait) {
        if (wait.isNegative() || wait.isZero()) {
            throw new IllegalArgumentException(
                    "a wait of %s for a back end (expected: more than none)".formatted(wait));
        }
        Path folder = path.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IllegalArgumentException(
                    "there is no folder for a socket at %s (expected: %s)".formatted(path, folder));
        }
        try {
            removeStale(path);
            UnixSocket listening = UnixSocket.listen(path);
            try {
                return new OwnSocket(path, wait, listening, fileAt(path));
            } catch (IOException e) {
                listening.close();
                throw e;
            }
        } catch (IOException e) {
            throw new VirtioException(
                    "nobody can listen at %s: %s".formatted(path, e.getMessage()), e);
        }
    }

    private static void removeStale(Path path) throws IOException {
        int mode;
        try {
            mode = (Integer) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return;
        }
        if ((mode & FILE_TYPE) != SOCKET) {
            throw new IllegalArgumentException(
                    "what is at %s is no socket, and stays (expected: nothing, or a socket that was left behind)"
                            .formatted(path));
        }
        if (UnixSocket.isOpenAt(path)) {
            throw new IllegalArgumentException(
                    "somebody listens at %s already (expected: nobody; connect to it, or choose another path)"
                            .formatted(path));
        }
        Files.deleteIfExists(path);
    }

    private static Object fileAt(Path path) throws IOException {
        return Objects.requireNonNull(
                Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .fileKey(),
                "every file has a device and an inode");
    }

    @Override
    public Path path() {
        return path;
    }

    @Override
    public String backEnd() {
        return "the back end that connects to " + path;
    }

    @Override
    public Optional<String> awaited() {
        return Optional.of(
                "a back end that connects to %s, for %s s at most".formatted(path, seconds(wait)));
    }

    @Override
    public UnixSocket meet() throws PosixException {
        return meet(wait);
    }

    @Override
    public synchronized UnixSocket meet(Duration atMost) throws PosixException {
        long start = System.nanoTime();
        long left = TimeUnit.NANOSECONDS.convert(atMost);
        for (long passed = 0; passed < left; passed = System.nanoTime() - start) {
            checkWanted();
            long millis = TimeUnit.NANOSECONDS.toMillis(left - passed) + 1;
            if (Poll.isReady(listening, Poll.READABLE, (int) Math.min(millis, SLICE_MILLIS))) {
                UnixSocket arrived = listening.accept();
                if (!Poll.isReady(arrived, Poll.HUNG_UP, 0)) {
                    return arrived;
                }
                arrived.close(); // it has gone while another was served
            }
        }
        throw new DeviceLostException(
                "no back end has connected to %s within %s s (expected: one that is told to connect, as in net_vhost0,iface=%s,client=1)"
                        .formatted(path, seconds(atMost), path));
    }

    private void checkWanted() {
        if (closed) {
            throw new DeviceLostException("the socket %s was closed".formatted(path));
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new DeviceLostException(
                    "interrupted in the wait for a back end that connects to " + path);
        }
    }

    private static String seconds(Duration time) {
        return BigDecimal.valueOf(time.toMillis(), 3).stripTrailingZeros().toPlainString();
    }

    @Override
    public void close() {
        closed = true; // whoever waits lets go of the lock
        synchronized (this) {
            if (!listening.isOpen()) {
                return;
            }
            // While the socket is open no other file gets the number of its file.
            try (listening) {
                if (file.equals(fileAt(path))) {
                    Files.delete(path);
                }
            } catch (NoSuchFileException e) {
                return; // somebody has removed it
            } catch (IOException e) {
                throw new VirtioException(
                        "the socket %s cannot be removed: %s".formatted(path, e.getMessage()), e);
            }
        }
    }
}
