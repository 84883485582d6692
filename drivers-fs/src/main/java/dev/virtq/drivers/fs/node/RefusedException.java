package dev.virtq.drivers.fs.node;

import dev.virtq.drivers.fs.fuse.Errno;
import java.io.IOException;
import java.io.Serial;

/** What a kernel would refuse before it asks the server. */
public final class RefusedException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    private final Errno errno;

    /**
     * Makes one.
     *
     * @param errno why
     */
    public RefusedException(Errno errno) {
        super(errno.text());
        this.errno = errno;
    }

    /** {@return why} */
    public Errno errno() {
        return errno;
    }
}
