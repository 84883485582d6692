package dev.virtq.drivers.fs.fuse;

import java.util.List;

/**
 * What a server tells without having been asked, over the notification queue (virtio 1.4, section
 * 5.11.6.3): that something which it said before is not so any more.
 */
public sealed interface FuseNotification {
    /**
     * FUSE_NOTIFY_INVAL_INODE: what is known of a file is not so any more.
     *
     * @param node the file; it may be one that nobody here knows
     * @param offset from where on its bytes are others; negative when only its attributes are
     * @param length how many bytes; 0 or less for all
     */
    record InvalidNode(long node, long offset, long length) implements FuseNotification {}

    /**
     * FUSE_NOTIFY_INVAL_ENTRY: a name stands for something else, or for nothing. One that has only
     * expired (FUSE_EXPIRE_ONLY) counts as well: it is looked up when it is used next.
     *
     * @param directory the directory; it may be one that nobody here knows
     * @param name the name, 1 to 255 bytes without a slash and a zero
     */
    @SuppressWarnings("ArrayRecordComponent") // names are bytes, and nobody compares these records
    record InvalidEntry(long directory, byte[] name) implements FuseNotification {}

    /**
     * FUSE_NOTIFY_DELETE: a name is gone.
     *
     * @param directory the directory; it may be one that nobody here knows
     * @param node what the name stood for
     * @param name the name, 1 to 255 bytes without a slash and a zero
     */
    @SuppressWarnings("ArrayRecordComponent") // names are bytes, and nobody compares these records
    record Deleted(long directory, long node, byte[] name) implements FuseNotification {}

    /** FUSE_NOTIFY_INC_EPOCH: no name stands for what it did before. */
    record EpochEnded() implements FuseNotification {}

    /**
     * FUSE_NOTIFY_PRUNE: the server would like these to be forgotten, where nobody uses them.
     *
     * @param nodes which files
     */
    record Pruned(List<Long> nodes) implements FuseNotification {
        /** Keeps a copy of the numbers. */
        public Pruned {
            nodes = List.copyOf(nodes);
        }
    }

    /** Hears of each one that makes sense. */
    @FunctionalInterface
    interface Listener {
        /** Hears nothing. */
        Listener NONE = notification -> {};

        /**
         * The server has told something. Called by one thread, which takes no other notification
         * meanwhile: it may send requests, and should be quick.
         *
         * @param notification what
         */
        void told(FuseNotification notification);
    }

    /**
     * How many there were since the device was brought up.
     *
     * @param told those that a listener was told of
     * @param unserved those that ask for what is not done here: FUSE_NOTIFY_POLL, STORE, RETRIEVE
     *     and RESEND, and codes that are not known
     * @param senseless those that make no sense
     */
    record Counts(long told, long unserved, long senseless) {}
}
