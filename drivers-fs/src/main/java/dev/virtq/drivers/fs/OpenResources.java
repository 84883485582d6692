package dev.virtq.drivers.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.ClosedFileSystemException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What is open in a file system, and closed with it. */
final class OpenResources {
    private final Map<Object, Closeable> open = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** Something is open, until {@link #remove} with the same key. */
    void add(Object key, Closeable resource) throws IOException {
        open.put(key, resource);
        if (closed) {
            resource.close();
            throw new ClosedFileSystemException();
        }
    }

    void remove(Object key) {
        open.remove(key);
    }

    /** Closes all. What cannot be is over nevertheless: its device is closed next. */
    void closeAll() {
        closed = true;
        for (Closeable resource : List.copyOf(open.values())) {
            try {
                resource.close();
            } catch (IOException e) {
                System.getLogger(OpenResources.class.getName())
                        .log(System.Logger.Level.DEBUG, "a file could not be closed", e);
            }
        }
    }
}
