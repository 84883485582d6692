package dev.virtq.machine.sim.fuse;

/** What a server tells without having been asked: an answer without a question's number. */
public final class FuseNotification {
    private static final int INVALIDATE_INODE = 2;
    private static final int INVALIDATE_ENTRY = 3;
    private static final int DELETE = 6;
    private static final int INCREMENT_EPOCH = 8;
    private static final int PRUNE = 9;

    /** A name is to be looked up again when it is used, and not to be dropped at once. */
    private static final int EXPIRE_ONLY = 1;

    private FuseNotification() {}

    /**
     * {@return the message that what is known of a file is not so any more}
     *
     * @param node the file
     * @param offset from where on its bytes are others; negative when only its attributes are
     * @param length how many bytes; 0 for all
     */
    public static byte[] invalidateInode(long node, long offset, long length) {
        return new FuseAnswer().u64(node).u64(offset).u64(length).notification(INVALIDATE_INODE);
    }

    /**
     * {@return the message that a name stands for something else now, or for nothing}
     *
     * @param directory the node of the directory
     * @param name the name, without an end
     * @param expires whether it has only to be looked up again
     */
    public static byte[] invalidateEntry(long directory, byte[] name, boolean expires) {
        return new FuseAnswer()
                .u64(directory)
                .u32(name.length)
                .u32(expires ? EXPIRE_ONLY : 0)
                .bytes(name)
                .zeros(1)
                .notification(INVALIDATE_ENTRY);
    }

    /**
     * {@return the message that a name is gone}
     *
     * @param directory the node of the directory
     * @param node the node that it stood for
     * @param name the name, without an end
     */
    public static byte[] delete(long directory, long node, byte[] name) {
        return new FuseAnswer()
                .u64(directory)
                .u64(node)
                .u32(name.length)
                .u32(0)
                .bytes(name)
                .zeros(1)
                .notification(DELETE);
    }

    /** {@return the message that no name stands for what it did} */
    public static byte[] incrementEpoch() {
        return new FuseAnswer().notification(INCREMENT_EPOCH);
    }

    /**
     * {@return the message that files would better be forgotten}
     *
     * @param nodes which ones
     */
    public static byte[] prune(long... nodes) {
        FuseAnswer answer = new FuseAnswer().u32(nodes.length).zeros(12);
        for (long node : nodes) {
            answer.u64(node);
        }
        return answer.notification(PRUNE);
    }

    /**
     * {@return any message}
     *
     * @param code what it is about
     * @param fields what follows its header
     */
    public static byte[] of(int code, byte[] fields) {
        return new FuseAnswer().bytes(fields).notification(code);
    }
}
