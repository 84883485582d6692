package dev.virtq.transport.vhostuser.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * {@code struct msghdr} with one piece of data and room for descriptors (recvmsg(2), cmsg(3)), as
 * it is laid out on 64 bits.
 */
final class MessageHeader {
    private static final long BYTES = 56;
    private static final long DATA = 16;
    private static final long DATA_COUNT = 24;
    private static final long CONTROL = 32;
    private static final long CONTROL_BYTES = 40;
    private static final long FLAGS = 48;
    private static final int CONTROL_CUT_OFF = 0x8;

    private static final long CONTROL_LEVEL = 8;
    private static final long CONTROL_TYPE = 12;
    private static final long CONTROL_DATA = 16;
    private static final int SOCKET_LEVEL = 1;
    private static final int RIGHTS = 1;

    private final MemorySegment header;
    private final MemorySegment control;

    MessageHeader(Arena arena, MemorySegment data, int descriptors) {
        header = arena.allocate(BYTES, 8);
        MemorySegment vector = arena.allocate(16, 8);
        vector.set(ValueLayout.ADDRESS, 0, data);
        vector.set(ValueLayout.JAVA_LONG, 8, data.byteSize());
        header.set(ValueLayout.ADDRESS, DATA, vector);
        header.set(ValueLayout.JAVA_LONG, DATA_COUNT, 1);
        long length = CONTROL_DATA + (long) descriptors * Integer.BYTES;
        control = arena.allocate((length + 7) & -8, 8);
        if (descriptors > 0) {
            control.set(ValueLayout.JAVA_LONG, 0, length);
            control.set(ValueLayout.JAVA_INT, CONTROL_LEVEL, SOCKET_LEVEL);
            control.set(ValueLayout.JAVA_INT, CONTROL_TYPE, RIGHTS);
            header.set(ValueLayout.ADDRESS, CONTROL, control);
            header.set(ValueLayout.JAVA_LONG, CONTROL_BYTES, control.byteSize());
        }
    }

    MemorySegment segment() {
        return header;
    }

    void descriptor(int index, int number) {
        control.set(ValueLayout.JAVA_INT, CONTROL_DATA + (long) index * Integer.BYTES, number);
    }

    /** Hands on what came with the data. */
    void received(ReceivedDescriptors descriptors) throws PosixException {
        if (header.get(ValueLayout.JAVA_LONG, CONTROL_BYTES) >= CONTROL_DATA
                && control.get(ValueLayout.JAVA_INT, CONTROL_LEVEL) == SOCKET_LEVEL
                && control.get(ValueLayout.JAVA_INT, CONTROL_TYPE) == RIGHTS) {
            long length = control.get(ValueLayout.JAVA_LONG, 0);
            for (long at = CONTROL_DATA; at + Integer.BYTES <= length; at += Integer.BYTES) {
                descriptors.add(control.get(ValueLayout.JAVA_INT, at));
            }
        }
        if ((header.get(ValueLayout.JAVA_INT, FLAGS) & CONTROL_CUT_OFF) != 0) {
            throw new PosixException(
                    "recvmsg of more descriptors than anybody may send", Errno.EMSGSIZE);
        }
    }
}
