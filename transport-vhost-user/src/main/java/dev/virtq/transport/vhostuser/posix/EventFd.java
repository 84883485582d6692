package dev.virtq.transport.vhostuser.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A counter that one side adds to and the other waits for (eventfd(2)). It never blocks. */
public final class EventFd extends FileDescriptor {
    private static final int NONBLOCK = 0x800;
    private static final int CLOSE_ON_EXEC = 0x80000;

    private final MemorySegment one = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);
    private final MemorySegment counter = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);

    private EventFd(int number) {
        super(number);
        one.set(ValueLayout.JAVA_LONG, 0, 1);
    }

    /**
     * {@return a new one, at zero}
     *
     * @throws PosixException when there are too many
     */
    public static EventFd create() throws PosixException {
        return new EventFd(Posix.eventfd(NONBLOCK | CLOSE_ON_EXEC));
    }

    /**
     * {@return a counter that was received}
     *
     * @param received has at least one descriptor; the next is taken
     */
    public static EventFd of(ReceivedDescriptors received) {
        return new EventFd(received.take());
    }

    /**
     * Adds as much as the counter holds, so that nothing more can be added.
     *
     * @throws PosixException when it was closed
     */
    public synchronized void fill() throws PosixException {
        take();
        try (Arena arena = Arena.ofConfined()) {
            Posix.write(number(), arena.allocateFrom(ValueLayout.JAVA_LONG, -2L), Long.BYTES);
        }
    }

    /**
     * Adds one. When the counter is full the other side has not looked for so long that one more
     * makes no difference.
     *
     * @throws PosixException when it was closed
     */
    public synchronized void signal() throws PosixException {
        try {
            Posix.write(number(), one, Long.BYTES);
        } catch (PosixException e) {
            if (!e.is(Errno.EAGAIN)) {
                throw e;
            }
        }
    }

    /**
     * Sets it to zero.
     *
     * @return whether it was not
     * @throws PosixException when it was closed
     */
    public synchronized boolean take() throws PosixException {
        try {
            Posix.read(number(), counter, Long.BYTES);
            return true;
        } catch (PosixException e) {
            if (e.is(Errno.EAGAIN)) {
                return false;
            }
            throw e;
        }
    }
}
