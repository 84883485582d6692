package dev.virtq.machine.sim.fuse;

/** What a server tells without having been asked: an answer without a question's number. */
public final class FuseNotification {
    private static final int INVALIDATE_INODE = 2;
    private static final int INVALIDATE_ENTRY = 3;

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
     */
    public static byte[] invalidateEntry(long directory, byte[] name) {
        return new FuseAnswer()
                .u64(directory)
                .u32(name.length)
                .u32(0)
                .bytes(name)
                .zeros(1)
                .notification(INVALIDATE_ENTRY);
    }
}
