package dev.virtq.drivers.fs.directory;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Watches directories by looking at them from time to time, in a thread of its own. A file that is
 * changed twice between two looks was changed once; one that is made and deleted was not there.
 */
public final class PollingWatchService implements WatchService {
    private final Duration interval;
    private final Closeable whenClosed;
    private final LinkedBlockingDeque<WatchKey> signalled = new LinkedBlockingDeque<>();
    private final Map<Object, WatchedDirectory> watched = new HashMap<>();
    private final WatchKey end = new EndKey();
    private final Thread thread;
    private volatile boolean closed;

    /**
     * Starts one.
     *
     * @param interval how long it waits between two looks
     * @param whenClosed what is done when it is closed
     */
    public PollingWatchService(Duration interval, Closeable whenClosed) {
        this.interval = interval;
        this.whenClosed = whenClosed;
        thread = Thread.ofVirtual().name("virtq-fs-watch").start(this::run);
    }

    /** What is in a directory: each name with what is different when the file is. */
    @FunctionalInterface
    public interface Listing {
        /**
         * Looks.
         *
         * @return the names, each with what tells its states apart
         * @throws IOException when the directory is not there, or the server cannot be asked
         */
        Map<Path, Object> look() throws IOException;
    }

    /**
     * Watches a directory, or watches one that it does for other events.
     *
     * @param key what tells directories apart
     * @param directory the directory
     * @param listing what is in it
     * @param kinds of events that are told
     * @return its key
     * @throws IOException when the directory is not there, or the server cannot be asked
     */
    public WatchKey register(
            Object key, Path directory, Listing listing, Set<WatchEvent.Kind<?>> kinds)
            throws IOException {
        Map<Path, Object> now = listing.look();
        synchronized (watched) {
            checkOpen();
            WatchedDirectory before = watched.get(key);
            if (before != null && before.isValid()) {
                before.kinds(kinds);
                return before;
            }
            WatchedDirectory added =
                    new WatchedDirectory(signalled::add, directory, listing, now, kinds);
            watched.put(key, added);
            return added;
        }
    }

    private void run() {
        while (!closed) {
            try {
                Thread.sleep(interval);
            } catch (InterruptedException e) {
                return; // it was closed
            }
            List<WatchedDirectory> all;
            synchronized (watched) {
                watched.values().removeIf(directory -> !directory.isValid());
                all = new ArrayList<>(watched.values());
            }
            all.forEach(WatchedDirectory::look);
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new ClosedWatchServiceException();
        }
    }

    private @Nullable WatchKey told(@Nullable WatchKey key) {
        if (key == end) {
            signalled.add(end); // for the next one who waits
        }
        checkOpen();
        return key;
    }

    @Override
    public @Nullable WatchKey poll() {
        checkOpen();
        return told(signalled.poll());
    }

    @Override
    public @Nullable WatchKey poll(long timeout, TimeUnit unit) throws InterruptedException {
        checkOpen();
        return told(signalled.poll(timeout, unit));
    }

    @Override
    public WatchKey take() throws InterruptedException {
        checkOpen();
        WatchKey key = signalled.take();
        told(key);
        return key;
    }

    @Override
    public void close() throws IOException {
        Set<WatchedDirectory> all;
        synchronized (watched) {
            if (closed) {
                return;
            }
            closed = true;
            all = new HashSet<>(watched.values());
            watched.clear();
        }
        all.forEach(WatchedDirectory::cancel);
        thread.interrupt();
        signalled.clear();
        signalled.add(end);
        whenClosed.close();
    }

    /** Wakes who waits for a service that was closed. */
    private static final class EndKey implements WatchKey {
        @Override
        public boolean isValid() {
            return false;
        }

        @Override
        public List<WatchEvent<?>> pollEvents() {
            return List.of();
        }

        @Override
        public boolean reset() {
            return false;
        }

        @Override
        public void cancel() {
            // nothing is watched
        }

        @Override
        public Path watchable() {
            throw new IllegalStateException("nothing is watched");
        }
    }
}
