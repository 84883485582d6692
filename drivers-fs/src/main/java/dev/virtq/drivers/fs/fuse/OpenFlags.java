package dev.virtq.drivers.fs.fuse;

/** How a file is opened, by the numbers of Linux on x86 and most others. */
public final class OpenFlags {
    /** To read. */
    public static final int READ_ONLY = 0;

    /** To write. */
    public static final int WRITE_ONLY = 1;

    /** For both. */
    public static final int READ_WRITE = 2;

    /** Makes it when it is not there. */
    public static final int CREATE = 0x40;

    /** With {@link #CREATE}: fails when it is there. */
    public static final int EXCLUSIVE = 0x80;

    /** Empties it. */
    public static final int TRUNCATE = 0x200;

    /** Writes at its end, wherever. */
    public static final int APPEND = 0x400;

    /** Each write is on the disk before it is answered, content and attributes. */
    public static final int SYNC = 0x10_1000;

    /** Each write's content is. */
    public static final int DATA_SYNC = 0x1000;

    /** Fails on a symbolic link. */
    public static final int NO_FOLLOW = 0x2_0000;

    /** Fails unless it is a directory. */
    public static final int DIRECTORY = 0x1_0000;

    /** Has no name; with write access. Of TMPFILE alone. */
    static final int UNNAMED = 0x41_0000;

    private OpenFlags() {}
}
