package dev.virtq.transport.vhostuser.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Waits for file descriptors (poll(2)). */
public final class Poll {
    /** There is something to read. */
    public static final int READABLE = 0x1;

    /** There is room to write. */
    public static final int WRITABLE = 0x4;

    /** The other side has gone. */
    public static final int HUNG_UP = 0x2000 | 0x10 | 0x8;

    private static final long ENTRY_BYTES = 8;
    private static final long EVENTS = 4;
    private static final long RETURNED = 6;

    /** One list for each thread, so that waiting for one descriptor allocates nothing. */
    private static final ThreadLocal<MemorySegment> LISTS =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(ENTRY_BYTES, 8));

    private Poll() {}

    /**
     * Waits for one.
     *
     * @param descriptor what must stay open meanwhile
     * @param events which events
     * @param millis how long at most; 0 looks
     * @return whether it is ready
     * @throws PosixException when it is closed
     */
    public static boolean isReady(FileDescriptor descriptor, int events, int millis)
            throws PosixException {
        MemorySegment list = LISTS.get();
        enter(list, 0, new Wish(descriptor, events));
        poll(list, 1, millis);
        return returned(list, 0) != 0;
    }

    /**
     * What is waited for at one descriptor.
     *
     * @param descriptor what must stay open meanwhile
     * @param events which events
     */
    public record Wish(FileDescriptor descriptor, int events) {}

    /**
     * Waits for the first of several.
     *
     * @param millis how long at most
     * @param wishes what is waited for
     * @return for each wish the events that have happened; none when the time is over
     * @throws PosixException when one is closed
     */
    public static int[] first(int millis, Wish... wishes) throws PosixException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment list = arena.allocate(wishes.length * ENTRY_BYTES, 8);
            for (int i = 0; i < wishes.length; i++) {
                enter(list, i, wishes[i]);
            }
            poll(list, wishes.length, millis);
            int[] happened = new int[wishes.length];
            Arrays.setAll(happened, i -> returned(list, i));
            return happened;
        }
    }

    private static void enter(MemorySegment list, int entry, Wish wish) throws PosixException {
        long at = entry * ENTRY_BYTES;
        list.set(ValueLayout.JAVA_INT, at, wish.descriptor().number());
        list.set(ValueLayout.JAVA_SHORT, at + EVENTS, (short) wish.events());
        list.set(ValueLayout.JAVA_SHORT, at + RETURNED, (short) 0);
    }

    private static int returned(MemorySegment list, int entry) {
        return list.get(ValueLayout.JAVA_SHORT, entry * ENTRY_BYTES + RETURNED);
    }

    private static void poll(MemorySegment list, int count, int millis) throws PosixException {
        try {
            Posix.poll(list, count, millis);
        } catch (PosixException e) {
            if (!e.is(Errno.EINTR)) { // then nothing is ready
                throw e;
            }
        }
    }
}
