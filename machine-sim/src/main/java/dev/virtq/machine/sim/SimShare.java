package dev.virtq.machine.sim;

import dev.virtq.machine.sim.device.FileSystemDevice;
import dev.virtq.machine.sim.device.FileSystemSettings;
import dev.virtq.machine.sim.fuse.FuseNotification;
import dev.virtq.machine.sim.fuse.FuseServer;
import java.util.Map;

/**
 * The other side of a {@link SimFileSystem} in a running machine: what its driver holds now, which
 * is nothing when the driver has kept its books. Threads: any.
 */
public final class SimShare {
    private static final int MOST_PRUNED = 32;
    private static final int MOST_FIELDS = 280;

    private final FileSystemDevice device;

    SimShare(FileSystemDevice device) {
        this.device = device;
    }

    /** {@return the minor version of FUSE 7 that is spoken; 0 before INIT and after DESTROY} */
    public int minorVersion() {
        return device.holdings().minor();
    }

    /**
     * {@return how often a node was looked up, and not forgotten; 0 for a node that is not known}
     *
     * @param node its number
     */
    public long lookupCount(long node) {
        return device.holdings().lookups().getOrDefault(node, 0L);
    }

    /** {@return each node that is known but the root, and how often it was looked up} */
    public Map<Long, Long> lookups() {
        return device.holdings().lookups();
    }

    /** {@return how many files and directories are open} */
    public int openHandles() {
        return device.holdings().open();
    }

    /** {@return how many locks are held} */
    public int heldLocks() {
        return device.holdings().locks();
    }

    /** {@return how many requests wait for a lock} */
    public int waitingForLocks() {
        return device.holdings().waiting();
    }

    /** {@return how many bytes of the DAX window show something} */
    public long mappedBytes() {
        return device.holdings().mapped();
    }

    /**
     * Tells the driver that what it knows of a file is not so any more, when it has a buffer for
     * that on the notification queue. A driver that has not accepted VIRTIO_FS_F_NOTIFICATION is
     * told nothing.
     *
     * @param node the file
     * @param offset from where on its bytes are others; negative when only its attributes are
     * @param length how many bytes; 0 for all
     * @throws IllegalStateException when the share offers no notifications
     */
    public void invalidateInode(long node, long offset, long length) {
        tell(FuseNotification.invalidateInode(node, offset, length));
    }

    /**
     * Tells the driver that a name stands for something else, as {@link #invalidateInode}.
     *
     * @param directory the node of the directory
     * @param name the name
     * @throws IllegalStateException when the share offers no notifications
     */
    public void invalidateEntry(long directory, byte[] name) {
        tell(FuseNotification.invalidateEntry(directory, name, false));
    }

    /**
     * Tells the driver to look a name up again before it uses it (FUSE_EXPIRE_ONLY), as {@link
     * #invalidateInode}.
     *
     * @param directory the node of the directory
     * @param name the name
     * @throws IllegalStateException when the share offers no notifications
     */
    public void expireEntry(long directory, byte[] name) {
        tell(FuseNotification.invalidateEntry(directory, name, true));
    }

    /**
     * Tells the driver that a name is gone, as {@link #invalidateInode}.
     *
     * @param directory the node of the directory
     * @param node what it stood for
     * @param name the name
     * @throws IllegalStateException when the share offers no notifications
     */
    public void deleteEntry(long directory, long node, byte[] name) {
        tell(FuseNotification.delete(directory, node, name));
    }

    /**
     * Tells the driver that no name stands for what it did, as {@link #invalidateInode}.
     *
     * @throws IllegalStateException when the share offers no notifications
     */
    public void incrementEpoch() {
        tell(FuseNotification.incrementEpoch());
    }

    /**
     * Asks the driver to forget files that it does not use, as {@link #invalidateInode}.
     *
     * @param nodes which files; 32 at most, so that they fit the smallest buffer
     * @throws IllegalStateException when the share offers no notifications
     */
    public void prune(long... nodes) {
        if (nodes.length > MOST_PRUNED) {
            throw new IllegalArgumentException(
                    "%d nodes in one message (expected: %d at most)"
                            .formatted(nodes.length, MOST_PRUNED));
        }
        tell(FuseNotification.prune(nodes));
    }

    /**
     * Tells the driver anything, as {@link #invalidateInode}.
     *
     * @param code what it is about, as {@code enum fuse_notify_code} has it
     * @param fields what follows the header; 280 bytes at most, so that they fit the smallest
     *     buffer
     * @throws IllegalStateException when the share offers no notifications
     */
    public void tell(int code, byte[] fields) {
        if (fields.length > MOST_FIELDS) {
            throw new IllegalArgumentException(
                    "%d bytes of fields (expected: %d at most)"
                            .formatted(fields.length, MOST_FIELDS));
        }
        tell(FuseNotification.of(code, fields));
    }

    void release() {
        device.release();
    }

    private void tell(byte[] notification) {
        if (device.settings().notifyBufferSize() == 0) {
            throw new IllegalStateException(
                    "the share offers no notifications; make it with withNotifications(bufferSize)");
        }
        device.tell(notification);
    }

    /** {@return what it is, and what is held of it} */
    @Override
    public String toString() {
        FileSystemSettings settings = device.settings();
        FuseServer.Holdings held = device.holdings();
        return "%s, %s, %d nodes looked up, %d open, %d locks"
                .formatted(
                        settings.tag(),
                        held.minor() == 0 ? "no session" : "FUSE 7." + held.minor(),
                        held.lookups().size(),
                        held.open(),
                        held.locks());
    }
}
