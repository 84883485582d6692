package dev.virtq.machine.sim.tree;

/** The error numbers of Linux that a tree or its server answers with. */
public enum Errno {
    /** Operation not permitted. */
    EPERM(1),
    /** No such file or directory. */
    ENOENT(2),
    /** Interrupted. */
    EINTR(4),
    /** The storage failed. */
    EIO(5),
    /** No such device or address; an offset beyond the end. */
    ENXIO(6),
    /** An attribute is too large. */
    E2BIG(7),
    /** Not an open file, or not open for that. */
    EBADF(9),
    /** Held by somebody else. */
    EAGAIN(11),
    /** No memory, or no more mappings. */
    ENOMEM(12),
    /** Permission denied. */
    EACCES(13),
    /** In use. */
    EBUSY(16),
    /** It is there already. */
    EEXIST(17),
    /** On another file system. */
    EXDEV(18),
    /** Not a directory. */
    ENOTDIR(20),
    /** A directory. */
    EISDIR(21),
    /** An argument makes no sense. */
    EINVAL(22),
    /** Too many open files. */
    EMFILE(24),
    /** Too large a file. */
    EFBIG(27),
    /** No space left. */
    ENOSPC(28),
    /** The file system is read-only. */
    EROFS(30),
    /** Too many links. */
    EMLINK(31),
    /** The room for the answer is too small. */
    ERANGE(34),
    /** A name of more than 255 bytes. */
    ENAMETOOLONG(36),
    /** No such function. */
    ENOSYS(38),
    /** A directory with something in it. */
    ENOTEMPTY(39),
    /** A symbolic link, where none may be. */
    ELOOP(40),
    /** No such attribute. */
    ENODATA(61),
    /** Not the protocol. */
    EPROTO(71),
    /** Not supported for this file. */
    EOPNOTSUPP(95),
    /** The file is not there any more. */
    ESTALE(116);

    private final int number;

    Errno(int number) {
        this.number = number;
    }

    /** {@return the number} */
    public int number() {
        return number;
    }

    /** {@return this as what is thrown} */
    public FileError error() {
        return new FileError(this);
    }
}
