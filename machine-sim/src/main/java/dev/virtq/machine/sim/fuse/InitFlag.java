package dev.virtq.machine.sim.fuse;

/** What the server agrees to in INIT, by the names of {@code linux/fuse.h}. */
enum InitFlag {
    ASYNC_READ(0),
    POSIX_LOCKS(1),
    ATOMIC_O_TRUNC(3),
    BIG_WRITES(5),
    DONT_MASK(6),
    FLOCK_LOCKS(10),
    AUTO_INVAL_DATA(12),
    DO_READDIRPLUS(13),
    READDIRPLUS_AUTO(14),
    ASYNC_DIO(15),
    WRITEBACK_CACHE(16),
    PARALLEL_DIROPS(18),
    MAX_PAGES(22),
    CACHE_SYMLINKS(23),
    MAP_ALIGNMENT(26),
    HANDLE_KILLPRIV_V2(28, 33),
    SETXATTR_EXT(29, 33),
    INIT_EXT(30, 36),
    SECURITY_CTX(32, 36),
    CREATE_SUPP_GROUP(34, 38),
    HAS_EXPIRE_ONLY(35, 38);

    private final long mask;
    private final int since;

    InitFlag(int bit) {
        this(bit, 0);
    }

    InitFlag(int bit, int since) {
        mask = 1L << bit;
        this.since = since;
    }

    long without(long flags) {
        return flags & ~mask;
    }

    boolean isIn(long flags) {
        return (flags & mask) != 0;
    }

    /** {@return those of a set that the server has, too, in a version of the protocol} */
    static long agreed(long asked, int minor) {
        long agreed = 0;
        for (InitFlag flag : values()) {
            agreed |= minor >= flag.since ? asked & flag.mask : 0;
        }
        return agreed;
    }
}
