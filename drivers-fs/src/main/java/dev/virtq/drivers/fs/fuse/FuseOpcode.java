package dev.virtq.drivers.fs.fuse;

/** What a FUSE request asks for, by the names of {@code linux/fuse.h} without {@code FUSE_}. */
public enum FuseOpcode {
    /** Number 1. */
    LOOKUP(1),
    /** Number 2. */
    FORGET(2),
    /** Number 3. */
    GETATTR(3),
    /** Number 4. */
    SETATTR(4),
    /** Number 5. */
    READLINK(5),
    /** Number 6. */
    SYMLINK(6),
    /** Number 8. */
    MKNOD(8),
    /** Number 9. */
    MKDIR(9),
    /** Number 10. */
    UNLINK(10),
    /** Number 11. */
    RMDIR(11),
    /** Number 12. */
    RENAME(12),
    /** Number 13. */
    LINK(13),
    /** Number 14. */
    OPEN(14),
    /** Number 15. */
    READ(15),
    /** Number 16. */
    WRITE(16),
    /** Number 17. */
    STATFS(17),
    /** Number 18. */
    RELEASE(18),
    /** Number 20. */
    FSYNC(20),
    /** Number 21. */
    SETXATTR(21),
    /** Number 22. */
    GETXATTR(22),
    /** Number 23. */
    LISTXATTR(23),
    /** Number 24. */
    REMOVEXATTR(24),
    /** Number 25. */
    FLUSH(25),
    /** Number 26. */
    INIT(26),
    /** Number 27. */
    OPENDIR(27),
    /** Number 28. */
    READDIR(28),
    /** Number 29. */
    RELEASEDIR(29),
    /** Number 30. */
    FSYNCDIR(30),
    /** Number 31. */
    GETLK(31),
    /** Number 32. */
    SETLK(32),
    /** Number 33. */
    SETLKW(33),
    /** Number 34. */
    ACCESS(34),
    /** Number 35. */
    CREATE(35),
    /** Number 36. */
    INTERRUPT(36),
    /** Number 38. */
    DESTROY(38),
    /** Number 42. */
    BATCH_FORGET(42),
    /** Number 43. */
    FALLOCATE(43),
    /** Number 44. */
    READDIRPLUS(44),
    /** Number 45. */
    RENAME2(45),
    /** Number 46. */
    LSEEK(46),
    /** Number 47. */
    COPY_FILE_RANGE(47),
    /** Number 48. */
    SETUPMAPPING(48),
    /** Number 49. */
    REMOVEMAPPING(49),
    /** Number 50. */
    SYNCFS(50),
    /** Number 51. */
    TMPFILE(51),
    /** Number 52. */
    STATX(52),
    /** Number 53. */
    COPY_FILE_RANGE_64(53);

    private final int number;

    FuseOpcode(int number) {
        this.number = number;
    }

    /** {@return the number in the header of a request} */
    public int number() {
        return number;
    }

    /**
     * {@return whether it goes to the high-priority queue (virtio 1.4, 5.11.6.2.2#1); all others
     * must not}
     */
    public boolean isHighPriority() {
        return this == FORGET || this == BATCH_FORGET || this == INTERRUPT;
    }
}
