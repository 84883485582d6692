package dev.virtq.transport.vhostuser.protocol;

import dev.virtq.transport.vhostuser.posix.FileDescriptor;
import dev.virtq.transport.vhostuser.posix.Poll;
import dev.virtq.transport.vhostuser.posix.ReceivedDescriptors;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;

/**
 * Whole messages over a socket, both ways. After an exception the stream is out of step, and of no
 * use any more.
 *
 * <p>Not thread safe.
 */
public final class MessageStream {
    private final UnixSocket socket;
    private final Duration patience;

    /**
     * Speaks over a socket.
     *
     * @param socket is not closed here
     * @param patience how long the other side may take for one message
     */
    public MessageStream(UnixSocket socket, Duration patience) {
        this.socket = socket;
        this.patience = patience;
    }

    /**
     * Sends a message.
     *
     * @param message what
     * @param descriptors go with it, and stay open here
     * @throws SocketTimeoutException when the other side does not take it in time
     * @throws IOException when the other side has gone
     */
    public void send(Message message, List<? extends FileDescriptor> descriptors)
            throws IOException {
        Deadline deadline = new Deadline(patience);
        MemorySegment left = message.bytes();
        List<? extends FileDescriptor> attached = descriptors;
        while (left.byteSize() > 0) {
            if (!Poll.isReady(socket, Poll.WRITABLE, deadline.millis())) {
                deadline.check("takes a message");
                continue;
            }
            left = left.asSlice(socket.send(left, attached));
            attached = List.of();
        }
    }

    /**
     * Receives a message.
     *
     * @param arena where it lives
     * @param maxPayload how many bytes may follow the header
     * @param descriptors where those go that come with it
     * @return the message
     * @throws SocketTimeoutException when it is not there in time
     * @throws EOFException when the other side has ended the connection
     * @throws ProtocolException when it is not a message, or too long
     * @throws IOException when the connection is broken
     */
    public Message receive(Arena arena, int maxPayload, ReceivedDescriptors descriptors)
            throws IOException {
        Deadline deadline = new Deadline(patience);
        MemorySegment bytes = arena.allocate(Message.HEADER_BYTES + (long) maxPayload);
        fill(bytes.asSlice(0, Message.HEADER_BYTES), descriptors, deadline);
        Message header = Message.of(bytes);
        if ((header.flags() & Message.VERSION_MASK) != Message.VERSION) {
            throw new ProtocolException(
                    "message %d has version %d (expected: %d)"
                            .formatted(
                                    header.request(),
                                    header.flags() & Message.VERSION_MASK,
                                    Message.VERSION));
        }
        if (header.size() > maxPayload) {
            throw new ProtocolException(
                    "message %d has %d bytes (expected: at most %d)"
                            .formatted(header.request(), header.size(), maxPayload));
        }
        fill(bytes.asSlice(Message.HEADER_BYTES, header.size()), descriptors, deadline);
        return Message.of(bytes.asSlice(0, Message.HEADER_BYTES + header.size()));
    }

    private void fill(MemorySegment target, ReceivedDescriptors descriptors, Deadline deadline)
            throws IOException {
        MemorySegment left = target;
        while (left.byteSize() > 0) {
            if (!Poll.isReady(socket, Poll.READABLE, deadline.millis())) {
                deadline.check("sends a message");
                continue;
            }
            long received = socket.receive(left, descriptors);
            if (received == 0) {
                throw new EOFException("the connection was closed at the other end");
            }
            left = left.asSlice(received);
        }
    }

    /** When patience ends. */
    private record Deadline(Duration patience, long start) {
        Deadline(Duration patience) {
            this(patience, System.nanoTime());
        }

        /** {@return how long there still is; 0 when there is no more} */
        int millis() {
            long left = patience.toNanos() - (System.nanoTime() - start);
            return Math.clamp((left + 999_999) / 1_000_000, 0, Integer.MAX_VALUE);
        }

        void check(String what) throws SocketTimeoutException {
            if (millis() == 0) {
                throw new SocketTimeoutException(
                        "nobody %s within %d ms".formatted(what, patience.toMillis()));
            }
        }
    }
}
