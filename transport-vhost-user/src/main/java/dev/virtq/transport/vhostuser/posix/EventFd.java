package dev.virtq.transport.vhostuser.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A counter that one side adds to and the other waits for (eventfd(2)).
 *
 * <p>It does not block, whatever the other side has done with it before: whoever has received it
 * shares its flags, and can take O_NONBLOCK away from both. So each call looks first whether it
 * would block.
 */
public final class EventFd extends FileDescriptor {
    private static final int NONBLOCK = 0x800;
    private static final int CLOSE_ON_EXEC = 0x80000;
    private static final int SET_FLAGS = 4;

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
     * Has calls block, at both sides, which otherwise never do: so may whoever has received it.
     *
     * @throws PosixException when it was closed
     */
    public synchronized void block() throws PosixException {
        Posix.fcntl(number(), SET_FLAGS, 0);
    }

    /**
     * Adds one. When the counter is full the other side has not looked for so long that one more
     * makes no difference.
     *
     * @throws PosixException when it was closed
     */
    public synchronized void signal() throws PosixException {
        if (!Poll.isReady(this, Poll.WRITABLE, 0)) {
            return;
        }
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
        if (!Poll.isReady(this, Poll.READABLE, 0)) {
            return false;
        }
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
