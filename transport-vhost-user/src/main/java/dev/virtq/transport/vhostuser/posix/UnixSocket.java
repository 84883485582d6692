package dev.virtq.transport.vhostuser.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A stream socket of the Unix domain over which file descriptors travel (unix(7)). Nothing here
 * blocks: whoever wants to wait polls first.
 */
public final class UnixSocket extends FileDescriptor {
    private static final int FAMILY = 1;
    private static final int STREAM = 1;
    private static final int DATAGRAM = 2;
    private static final int CLOSE_ON_EXEC = 0x80000;
    private static final int NONBLOCK = 0x800;
    private static final int NO_SIGNAL = 0x4000;
    private static final int RECEIVED_CLOSE_ON_EXEC = 0x4000_0000;
    private static final int LONGEST_PATH = 107;
    private static final int SOCKET_LEVEL = 1;
    private static final int PEER_CREDENTIALS = 17;
    private static final int BOTH_DIRECTIONS = 2;

    private UnixSocket(int number) {
        super(number);
    }

    /**
     * Connects to somebody who listens.
     *
     * @param path where
     * @return the connection
     * @throws PosixException when nobody listens there
     */
    public static UnixSocket connect(Path path) throws PosixException {
        return opened(STREAM, (socket, address) -> Posix.connect(socket.number(), address), path);
    }

    /**
     * Listens.
     *
     * @param path where; nothing may be there
     * @return what {@link #accept} is called on
     * @throws PosixException when something is there
     */
    public static UnixSocket listen(Path path) throws PosixException {
        return opened(
                STREAM,
                (socket, address) -> {
                    Posix.bind(socket.number(), address);
                    Posix.listen(socket.number(), 1);
                },
                path);
    }

    /**
     * {@return whether some process has the socket open that is at a path} Nobody there hears of
     * the question.
     *
     * @param path of a socket
     * @throws PosixException when that cannot be known: it is not there, or may not be written
     */
    public static boolean isOpenAt(Path path) throws PosixException {
        // A socket of another kind: the kernel looks for whoever has it open, and only then
        // compares the kinds.
        try (UnixSocket other =
                opened(
                        DATAGRAM,
                        (socket, address) -> Posix.connect(socket.number(), address),
                        path)) {
            return other.isOpen(); // it was of the same kind
        } catch (PosixException e) {
            if (e.is(Errno.EPROTOTYPE)) {
                return true;
            }
            if (e.is(Errno.ECONNREFUSED)) {
                return false;
            }
            throw e;
        }
    }

    /**
     * {@return two sockets that are connected to each other}
     *
     * @throws PosixException when there are too many
     */
    public static List<UnixSocket> pair() throws PosixException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment pair = arena.allocate(ValueLayout.JAVA_INT, 2);
            Posix.socketpair(FAMILY, STREAM | CLOSE_ON_EXEC | NONBLOCK, pair);
            return List.of(
                    new UnixSocket(pair.get(ValueLayout.JAVA_INT, 0)),
                    new UnixSocket(pair.get(ValueLayout.JAVA_INT, 4)));
        }
    }

    /**
     * {@return the connection that somebody has asked for; when it is ready to be read}
     *
     * @throws PosixException when nobody has
     */
    public UnixSocket accept() throws PosixException {
        return new UnixSocket(Posix.accept(number(), CLOSE_ON_EXEC | NONBLOCK));
    }

    /**
     * {@return a socket for a descriptor that was received}
     *
     * @param received has at least one; the next is taken
     */
    public static UnixSocket of(ReceivedDescriptors received) {
        return new UnixSocket(received.take());
    }

    /**
     * Ends the connection in both directions, and leaves the descriptor open: whoever waits at
     * either end returns at once. Idempotent, and without effect on a closed one.
     */
    public void shutdown() {
        synchronized (this) { // not closed meanwhile
            try {
                if (isOpen()) {
                    Posix.shutdown(number(), BOTH_DIRECTIONS);
                }
            } catch (PosixException e) {
                return; // the other side was faster
            }
        }
    }

    /**
     * Sends bytes, and with the first of them descriptors.
     *
     * @param bytes what is sent
     * @param descriptors stay open, here
     * @return how many bytes were sent; fewer, when there is no room for more
     * @throws PosixException when the other side has gone, or there is no room at all
     */
    public long send(MemorySegment bytes, List<? extends FileDescriptor> descriptors)
            throws PosixException {
        try (Arena arena = Arena.ofConfined()) {
            MessageHeader header = new MessageHeader(arena, bytes, descriptors.size());
            for (int i = 0; i < descriptors.size(); i++) {
                header.descriptor(i, descriptors.get(i).number());
            }
            return Posix.sendmsg(number(), header.segment(), NO_SIGNAL);
        }
    }

    /**
     * Receives bytes, and descriptors that come with them.
     *
     * @param target where the bytes go
     * @param descriptors where the descriptors go
     * @return how many bytes; 0 when the other side has ended the connection
     * @throws PosixException when it was reset, or there is nothing
     */
    public long receive(MemorySegment target, ReceivedDescriptors descriptors)
            throws PosixException {
        try (Arena arena = Arena.ofConfined()) {
            MessageHeader header = new MessageHeader(arena, target, ReceivedDescriptors.MOST);
            long bytes = Posix.recvmsg(number(), header.segment(), RECEIVED_CLOSE_ON_EXEC);
            header.received(descriptors);
            return bytes;
        }
    }

    /**
     * {@return the process at the other end, as it was when the connection was made; 0 when this
     * process cannot see it}
     *
     * @throws PosixException when it cannot be asked for
     */
    public int peerProcess() throws PosixException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment credentials = arena.allocate(ValueLayout.JAVA_INT, 3);
            MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, 12);
            Posix.getsockopt(number(), SOCKET_LEVEL, PEER_CREDENTIALS, credentials, length);
            return credentials.get(ValueLayout.JAVA_INT, 0);
        }
    }

    /** What is done with a new socket. */
    @FunctionalInterface
    private interface Opening {
        void open(UnixSocket socket, MemorySegment address) throws PosixException;
    }

    private static UnixSocket opened(int kind, Opening opening, Path path) throws PosixException {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length > LONGEST_PATH) {
            throw new IllegalArgumentException(
                    "the socket's path %s has %d bytes (expected: at most %d)"
                            .formatted(path, name.length, LONGEST_PATH));
        }
        UnixSocket socket = new UnixSocket(Posix.socket(FAMILY, kind | CLOSE_ON_EXEC | NONBLOCK));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = arena.allocate(Short.BYTES + LONGEST_PATH + 1L, Short.BYTES);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) FAMILY);
            MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, Short.BYTES, name.length);
            opening.open(socket, address);
            return socket;
        } catch (PosixException e) {
            socket.close();
            throw e;
        }
    }
}
