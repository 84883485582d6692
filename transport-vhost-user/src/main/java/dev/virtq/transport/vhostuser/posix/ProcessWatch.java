package dev.virtq.transport.vhostuser.posix;

/** Watches a process, and never takes another one with the same number for it (pidfd_open(2)). */
public final class ProcessWatch extends FileDescriptor {
    private ProcessWatch(int number) {
        super(number);
    }

    /**
     * {@return a watch}
     *
     * @param process its number, as this process sees it
     * @throws PosixException when there is no such process, or none that can be seen
     */
    public static ProcessWatch of(int process) throws PosixException {
        return new ProcessWatch(Posix.pidfdOpen(process));
    }

    /** {@return whether the process has ended} */
    public boolean hasEnded() {
        try {
            return Poll.isReady(this, Poll.READABLE, 0);
        } catch (PosixException e) {
            return false;
        }
    }
}
