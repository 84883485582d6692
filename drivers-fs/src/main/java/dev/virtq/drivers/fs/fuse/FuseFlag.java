package dev.virtq.drivers.fs.fuse;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

/** What the two sides of FUSE_INIT agree on, by the names of {@code linux/fuse.h}. */
public enum FuseFlag {
    /** Bit 0. */
    ASYNC_READ(0),
    /** Bit 1. */
    POSIX_LOCKS(1),
    /** Bit 2. */
    FILE_OPS(2),
    /** Bit 3. */
    ATOMIC_O_TRUNC(3),
    /** Bit 4. */
    EXPORT_SUPPORT(4),
    /** Bit 5. */
    BIG_WRITES(5),
    /** Bit 6. */
    DONT_MASK(6),
    /** Bit 7. */
    SPLICE_WRITE(7),
    /** Bit 8. */
    SPLICE_MOVE(8),
    /** Bit 9. */
    SPLICE_READ(9),
    /** Bit 10. */
    FLOCK_LOCKS(10),
    /** Bit 11. */
    HAS_IOCTL_DIR(11),
    /** Bit 12. */
    AUTO_INVAL_DATA(12),
    /** Bit 13. */
    DO_READDIRPLUS(13),
    /** Bit 14. */
    READDIRPLUS_AUTO(14),
    /** Bit 15. */
    ASYNC_DIO(15),
    /** Bit 16. */
    WRITEBACK_CACHE(16),
    /** Bit 17. */
    NO_OPEN_SUPPORT(17),
    /** Bit 18. */
    PARALLEL_DIROPS(18),
    /** Bit 19. */
    HANDLE_KILLPRIV(19),
    /** Bit 20. */
    POSIX_ACL(20),
    /** Bit 21. */
    ABORT_ERROR(21),
    /** Bit 22. */
    MAX_PAGES(22),
    /** Bit 23. */
    CACHE_SYMLINKS(23),
    /** Bit 24. */
    NO_OPENDIR_SUPPORT(24),
    /** Bit 25. */
    EXPLICIT_INVAL_DATA(25),
    /** Bit 26. */
    MAP_ALIGNMENT(26),
    /** Bit 27. */
    SUBMOUNTS(27),
    /** Bit 28. */
    HANDLE_KILLPRIV_V2(28),
    /** Bit 29. */
    SETXATTR_EXT(29),
    /** Bit 30. */
    INIT_EXT(30),
    /** Bit 32. */
    SECURITY_CTX(32),
    /** Bit 33. */
    HAS_INODE_DAX(33),
    /** Bit 34. */
    CREATE_SUPP_GROUP(34),
    /** Bit 35. */
    HAS_EXPIRE_ONLY(35),
    /** Bit 36. */
    DIRECT_IO_ALLOW_MMAP(36);

    private final int bit;

    FuseFlag(int bit) {
        this.bit = bit;
    }

    /** {@return the bit; those from 32 on are in {@code flags2}} */
    public int bit() {
        return bit;
    }

    static long mask(Collection<FuseFlag> flags) {
        long mask = 0;
        for (FuseFlag flag : flags) {
            mask |= 1L << flag.bit;
        }
        return mask;
    }

    /** {@return the flags that are set; bits without a name are passed over} */
    static Set<FuseFlag> in(long mask) {
        Set<FuseFlag> set = EnumSet.noneOf(FuseFlag.class);
        for (FuseFlag flag : values()) {
            if ((mask >>> flag.bit & 1) != 0) {
                set.add(flag);
            }
        }
        return set;
    }
}
