package dev.virtq.drivers.fs.channel;

import dev.virtq.drivers.fs.fuse.AttributeChange;
import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.fuse.OpenFile;
import dev.virtq.drivers.fs.node.Node;
import dev.virtq.drivers.fs.node.Share;
import dev.virtq.drivers.fs.node.ShareErrors;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An open file. The server is told to let go of it when it was closed and nobody uses it any more:
 * a request must not meet another file under the same number.
 */
public final class OpenHandle {
    private static final AtomicLong OWNERS = new AtomicLong(1);

    private final Share share;
    private final Node node;
    private final OpenFile file;
    private final OpenModes modes;
    private final boolean directory;
    private final Runnable whenClosed;
    private final long owner = OWNERS.getAndIncrement();
    private volatile boolean locked;
    private volatile boolean written;
    private int users;
    private boolean closed;

    /**
     * Takes a file over.
     *
     * @param share whose
     * @param node the file; held, and let go of by this
     * @param file as it was opened
     * @param modes how
     * @param directory whether it is a directory, opened as one
     * @param whenClosed what is done when it is closed
     */
    public OpenHandle(
            Share share,
            Node node,
            OpenFile file,
            OpenModes modes,
            boolean directory,
            Runnable whenClosed) {
        this.share = share;
        this.node = node;
        this.file = file;
        this.modes = modes;
        this.directory = directory;
        this.whenClosed = whenClosed;
    }

    Share share() {
        return share;
    }

    FuseClient client() {
        return share.client();
    }

    Node node() {
        return node;
    }

    OpenFile file() {
        return file;
    }

    OpenModes modes() {
        return modes;
    }

    /** {@return who has its locks, to the server; from now on there may be some} */
    long lockOwner() {
        locked = true;
        return owner;
    }

    boolean isDirectory() {
        return directory;
    }

    /** Takes note that the file was written through this. */
    void changed() {
        written = true;
        node.changed();
    }

    /** Uses it, until {@link #leave}. */
    synchronized void enter() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
        users++;
    }

    /** Uses it no longer. */
    void leave() {
        boolean last;
        synchronized (this) {
            users--;
            last = closed && users == 0;
        }
        if (last) {
            try {
                release();
            } catch (IOException e) {
                // Whoever closed it was not here to hear of it, and nothing depends on it.
                System.getLogger(OpenHandle.class.getName())
                        .log(System.Logger.Level.DEBUG, "RELEASE failed", e);
            }
        }
    }

    long size() throws IOException {
        return (directory ? share.attributes(node) : share.attributes(node, file)).size();
    }

    void truncate(long size) throws IOException {
        written = true;
        share.change(node, AttributeChange.NONE.size(size).of(file));
    }

    void force(boolean metadata) throws IOException {
        try {
            if (directory) {
                client().directories().sync(node.id(), file);
            } else {
                client().files().sync(node.id(), file, !metadata);
            }
        } catch (IOException e) {
            if (!ShareErrors.isUnknown(e)) { // a server without it has nothing to write back
                throw e;
            }
        }
    }

    /**
     * Closes it. Idempotent.
     *
     * @throws IOException when what was written before cannot be kept, or the server is gone
     */
    public void close() throws IOException {
        boolean last;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            last = users == 0;
        }
        whenClosed.run();
        try {
            if (written || locked) { // else there is nothing of which the server could tell
                flush();
            }
        } finally {
            if (last) {
                release();
            }
        }
    }

    private void flush() throws IOException {
        try {
            client().files().flush(node.id(), file, owner);
        } catch (IOException e) {
            if (!ShareErrors.isUnknown(e)) { // as a kernel does
                throw e;
            }
        }
    }

    private void release() throws IOException {
        try {
            if (directory) {
                client().directories().release(node.id(), file);
            } else {
                client().files().release(node.id(), file);
            }
        } finally {
            node.close();
        }
    }
}
