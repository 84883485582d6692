package dev.virtq.transport.vhostuser.posix;

/**
 * An open file descriptor. A number that was closed may be given to another file at once, so no
 * call is made with it after {@link #close}: each one holds this object's lock meanwhile, or
 * belongs to a thread that closes it itself.
 */
public sealed class FileDescriptor implements AutoCloseable
        permits EventFd, MemoryFile, UnixSocket, ProcessWatch {
    private int number;

    FileDescriptor(int number) {
        this.number = number;
    }

    /**
     * {@return the number; of use only while the descriptor is open}
     *
     * @throws PosixException when it was closed
     */
    final synchronized int number() throws PosixException {
        if (number < 0) {
            throw new PosixException("use after close", Errno.EBADF);
        }
        return number;
    }

    /** {@return whether it is open} */
    public final synchronized boolean isOpen() {
        return number >= 0;
    }

    /** Closes it. Idempotent. */
    @Override
    public final synchronized void close() {
        int open = number;
        number = -1;
        if (open >= 0) {
            try {
                Posix.close(open);
            } catch (PosixException e) {
                throw new IllegalStateException("file descriptor " + open, e);
            }
        }
    }
}
