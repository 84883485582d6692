package dev.virtq.machine.sim.fuse;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The requests that the server knows, by the names of {@code linux/fuse.h}. */
public enum Opcode {
    /** A name becomes a node. */
    LOOKUP(1),
    /** Lookups are given back. */
    FORGET(2),
    /** What is known of a file. */
    GETATTR(3),
    /** A change of that. */
    SETATTR(4, Kind.CHANGE),
    /** Where a link points. */
    READLINK(5),
    /** A new link. */
    SYMLINK(6, Kind.CHANGE),
    /** A new file of any kind. */
    MKNOD(8, Kind.CHANGE),
    /** A new directory. */
    MKDIR(9, Kind.CHANGE),
    /** A name goes. */
    UNLINK(10, Kind.CHANGE),
    /** A directory goes. */
    RMDIR(11, Kind.CHANGE),
    /** A new name. */
    RENAME(12, Kind.CHANGE),
    /** One more name. */
    LINK(13, Kind.CHANGE),
    /** A file is opened. */
    OPEN(14),
    /** Bytes come. */
    READ(15),
    /** Bytes go. */
    WRITE(16, Kind.CHANGE),
    /** How much there is room for. */
    STATFS(17),
    /** A file is closed. */
    RELEASE(18),
    /** A file is put on the disk. */
    FSYNC(20),
    /** An extended attribute is set. */
    SETXATTR(21, Kind.CHANGE),
    /** An extended attribute is read. */
    GETXATTR(22),
    /** The names of the extended attributes. */
    LISTXATTR(23),
    /** An extended attribute goes. */
    REMOVEXATTR(24, Kind.CHANGE),
    /** Somebody has closed a file. */
    FLUSH(25),
    /** Hello. */
    INIT(26),
    /** A directory is opened. */
    OPENDIR(27),
    /** Names come. */
    READDIR(28),
    /** A directory is closed. */
    RELEASEDIR(29),
    /** A directory is put on the disk. */
    FSYNCDIR(30),
    /** Who holds a lock. */
    GETLK(31),
    /** A lock, now or not at all. */
    SETLK(32),
    /** A lock, when it can be had. */
    SETLKW(33),
    /** Whether something is allowed. */
    ACCESS(34),
    /** A new file, opened. */
    CREATE(35, Kind.CHANGE),
    /** Nobody waits for a request any more. */
    INTERRUPT(36),
    /** Goodbye. */
    DESTROY(38),
    /** Lookups of many nodes are given back. */
    BATCH_FORGET(42),
    /** Space for a file, or less of it. */
    FALLOCATE(43, Kind.CHANGE),
    /** Names come, and what they stand for. */
    READDIRPLUS(44),
    /** A new name, with conditions. */
    RENAME2(45, Kind.CHANGE),
    /** Where data is, or a hole. */
    LSEEK(46),
    /** Bytes go from one file to another. */
    COPY_FILE_RANGE(47, Kind.CHANGE),
    /** A part of a file is shown in the DAX window. */
    SETUPMAPPING(48),
    /** Parts of the DAX window show nothing any more. */
    REMOVEMAPPING(49),
    /** Everything is put on the disk; from 7.34 on. */
    SYNCFS(50, 34),
    /** A new file without a name, opened; from 7.37 on. */
    TMPFILE(51, 37, Kind.CHANGE),
    /** What is known of a file, and more; from 7.39 on. */
    STATX(52, 39),
    /** Many bytes go from one file to another; from 7.45 on. */
    COPY_FILE_RANGE_64(53, 45, Kind.CHANGE);

    private enum Kind {
        LOOK,
        CHANGE
    }

    private static final Map<Integer, Opcode> BY_NUMBER = new HashMap<>();

    static {
        for (Opcode opcode : values()) {
            BY_NUMBER.put(opcode.number, opcode);
        }
    }

    private final int number;
    private final int since;
    private final Kind kind;

    Opcode(int number) {
        this(number, 0, Kind.LOOK);
    }

    Opcode(int number, int since) {
        this(number, since, Kind.LOOK);
    }

    Opcode(int number, Kind kind) {
        this(number, 0, kind);
    }

    Opcode(int number, int since, Kind kind) {
        this.number = number;
        this.since = since;
        this.kind = kind;
    }

    /** {@return its number} */
    public int number() {
        return number;
    }

    static @Nullable Opcode of(int number) {
        return BY_NUMBER.get(number);
    }

    boolean isIn(int minor) {
        return minor >= since;
    }

    boolean changes() {
        return kind == Kind.CHANGE;
    }

    /** {@return whether it belongs on the high-priority queue, and has no answer} */
    boolean isHighPriority() {
        return this == FORGET || this == BATCH_FORGET || this == INTERRUPT;
    }
}
