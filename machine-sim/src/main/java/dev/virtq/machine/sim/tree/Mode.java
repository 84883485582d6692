package dev.virtq.machine.sim.tree;

/** The bits of a mode: the type of a file in the upper four of 16, and its permissions. */
public final class Mode {
    /** The bits of the type. */
    public static final int TYPE = 0170000;

    /** A directory. */
    public static final int DIRECTORY = 0040000;

    /** A regular file. */
    public static final int REGULAR = 0100000;

    /** A symbolic link. */
    public static final int LINK = 0120000;

    /** A named pipe. */
    public static final int PIPE = 0010000;

    /** A socket. */
    public static final int SOCKET = 0140000;

    /** A character device. */
    public static final int CHARACTERS = 0020000;

    /** A block device. */
    public static final int BLOCKS = 0060000;

    /** Permissions, with the set-user-id, set-group-id and sticky bits. */
    public static final int PERMISSIONS = 07777;

    /** Runs as the file's owner. */
    public static final int SET_USER_ID = 04000;

    /** Runs with the file's group; of a directory: what is made in it gets its group. */
    public static final int SET_GROUP_ID = 02000;

    /** In such a directory, only the owner takes a name away. */
    public static final int STICKY = 01000;

    /** The group may execute it. */
    public static final int GROUP_EXECUTE = 0010;

    private Mode() {}
}
