package dev.virtq.drivers.fs.channel;

import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.fuse.FuseFlag;
import dev.virtq.drivers.fs.fuse.FuseLock;
import dev.virtq.drivers.fs.node.Node;
import dev.virtq.drivers.fs.node.ShareErrors;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The locks of all files of a mount. Within the JVM no two of them overlap; the server keeps those
 * of others away where it knows locks. Where it does not, they hold for this mount alone, as they
 * do for a kernel.
 */
public final class FileLocks {
    private final Map<Node, List<FileLock>> held = new HashMap<>();
    private volatile boolean unknown;

    /** Makes one without locks. */
    public FileLocks() {}

    /** Takes note of a lock that somebody has or wants. */
    synchronized void add(Node node, FileLock lock) {
        List<FileLock> locks = held.computeIfAbsent(node, key -> new ArrayList<>());
        for (FileLock other : locks) {
            if (other.overlaps(lock.position(), lock.size())) {
                throw new OverlappingFileLockException();
            }
        }
        locks.add(lock);
    }

    synchronized void remove(Node node, FileLock lock) {
        List<FileLock> locks = held.get(node);
        if (locks != null) {
            locks.remove(lock);
            if (locks.isEmpty()) {
                held.remove(node);
            }
        }
    }

    /** {@return the locks of a channel} */
    synchronized List<FileLock> of(OpenHandle handle, Object channel) {
        return held.getOrDefault(handle.node(), List.of()).stream()
                .filter(lock -> lock.acquiredBy() == channel)
                .toList();
    }

    /**
     * Asks the server for a lock, without waiting.
     *
     * @return whether it is there
     */
    boolean take(OpenHandle handle, FileLock lock) throws IOException {
        try {
            ask(handle, lock, lock.isShared() ? FuseLock.SHARED : FuseLock.EXCLUSIVE);
            return true;
        } catch (IOException e) {
            if (ShareErrors.is(e, Errno.EAGAIN, Errno.EACCES)) {
                return false;
            }
            throw e;
        }
    }

    /** Gives a lock back to the server. */
    void giveBack(OpenHandle handle, FileLock lock) throws IOException {
        ask(handle, lock, FuseLock.UNLOCKED);
    }

    private void ask(OpenHandle handle, FileLock lock, int type) throws IOException {
        if (unknown || !handle.client().session().has(FuseFlag.POSIX_LOCKS)) {
            return;
        }
        boolean toTheEnd = lock.size() >= Long.MAX_VALUE - lock.position();
        long end = toTheEnd ? Long.MAX_VALUE : lock.position() + lock.size() - 1;
        try {
            FuseLock wanted = new FuseLock(handle.lockOwner(), lock.position(), end, type);
            handle.client().files().lock(handle.node().id(), handle.file(), wanted, false);
        } catch (IOException e) {
            if (!ShareErrors.isUnknown(e)) {
                throw e;
            }
            unknown = true;
        }
    }
}
