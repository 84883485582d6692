package dev.virtq.transport.vhostuser.posix;

import java.io.IOException;

/** A system call failed. */
public final class PosixException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;

    PosixException(String call, int errno) {
        super(call + ": " + Errno.name(errno));
        this.errno = errno;
    }

    PosixException(String call, Errno reason) {
        this(call, reason.number());
    }

    boolean is(Errno reason) {
        return reason.is(errno);
    }
}
