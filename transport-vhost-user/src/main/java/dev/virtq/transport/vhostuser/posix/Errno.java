package dev.virtq.transport.vhostuser.posix;

/** The names of Linux's error numbers, as far as these calls give them. */
enum Errno {
    EPERM(1),
    ENOENT(2),
    EINTR(4),
    EIO(5),
    ENXIO(6),
    EBADF(9),
    EAGAIN(11),
    ENOMEM(12),
    EACCES(13),
    EFAULT(14),
    EEXIST(17),
    ENODEV(19),
    ENOTDIR(20),
    EINVAL(22),
    ENFILE(23),
    EMFILE(24),
    EFBIG(27),
    ENOSPC(28),
    ESPIPE(29),
    EPIPE(32),
    ENAMETOOLONG(36),
    ENOSYS(38),
    ELOOP(40),
    ENOTSOCK(88),
    EMSGSIZE(90),
    EPROTOTYPE(91),
    EOPNOTSUPP(95),
    EADDRINUSE(98),
    ECONNABORTED(103),
    ECONNRESET(104),
    ENOBUFS(105),
    EISCONN(106),
    ENOTCONN(107),
    ETOOMANYREFS(109),
    ETIMEDOUT(110),
    ECONNREFUSED(111),
    EALREADY(114),
    EINPROGRESS(115);

    private final int number;

    Errno(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    boolean is(int errno) {
        return errno == number;
    }

    /** {@return the name, as in {@code ECONNREFUSED}; {@code errno 77} for one without} */
    static String name(int errno) {
        for (Errno known : values()) {
            if (known.is(errno)) {
                return known.name();
            }
        }
        return "errno " + errno;
    }
}
