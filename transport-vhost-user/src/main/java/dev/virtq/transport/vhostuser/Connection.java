package dev.virtq.transport.vhostuser;

import dev.virtq.device.DeviceLostException;
import dev.virtq.transport.vhostuser.posix.FileDescriptor;
import dev.virtq.transport.vhostuser.posix.MemoryFile;
import dev.virtq.transport.vhostuser.posix.ReceivedDescriptors;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import dev.virtq.transport.vhostuser.protocol.Message;
import dev.virtq.transport.vhostuser.protocol.MessageStream;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Requests to a back end, one after the other. Each is answered, or known to have worked, before
 * the next is made, as far as the back end can tell (REPLY_ACK). Whoever answers wrongly, or not at
 * all, is not spoken to any more.
 *
 * <p>Thread safe.
 */
final class Connection implements AutoCloseable {
    private static final int U64_BYTES = 8;

    private final UnixSocket socket;
    private final String name;
    private final MessageStream stream;
    private final Duration patience;
    private boolean acknowledges;
    private final AtomicReference<@Nullable DeviceLostException> lost = new AtomicReference<>();

    Connection(UnixSocket socket, String name, Duration patience) {
        this.socket = socket;
        this.name = name;
        this.patience = patience;
        stream = new MessageStream(socket, patience);
    }

    UnixSocket socket() {
        return socket;
    }

    /** Protocol features were agreed on. */
    synchronized void agreed(long protocolFeatures) {
        acknowledges = ProtocolFeature.REPLY_ACK.in(protocolFeatures);
    }

    /** {@return why nothing can be asked any more; empty while it can} */
    Optional<DeviceLostException> lost() {
        return Optional.ofNullable(lost.get());
    }

    /** {@return the answer to a question without details} */
    long ask(Request request) {
        try (Arena arena = Arena.ofConfined()) {
            return ask(arena, Message.of(arena, request.number(), 0), request, U64_BYTES).u64(0);
        }
    }

    /**
     * Asks, and takes an answer of a certain length.
     *
     * @param arena where the answer lives
     * @param question what
     * @param request its kind
     * @param bytes how long the payload of the answer is
     * @return the answer
     */
    Message ask(Arena arena, Message question, Request request, int bytes) {
        Message answer = askAny(arena, question, request, bytes);
        if (answer.size() != bytes) {
            throw fault(
                    "%s was answered with %d bytes (expected: %d)"
                            .formatted(request, answer.size(), bytes));
        }
        return answer;
    }

    /** Asks, and takes an answer that may be shorter. */
    synchronized Message askAny(Arena arena, Message question, Request request, int bytes) {
        post(question, request, List.of());
        return receive(arena, request, bytes, null);
    }

    /**
     * Asks for memory.
     *
     * @return the file that came with the answer
     */
    synchronized MemoryFile askForMemory(
            Arena arena, Message question, Request request, int bytes, Message[] answer) {
        post(question, request, List.of());
        try (ReceivedDescriptors descriptors = new ReceivedDescriptors()) {
            answer[0] = receive(arena, request, bytes, descriptors);
            if (answer[0].size() != bytes) {
                throw fault(
                        "%s was answered with %d bytes (expected: %d)"
                                .formatted(request, answer[0].size(), bytes));
            }
            if (descriptors.count() != 1) {
                throw fault(
                        "%s was answered with %d file descriptors (expected: 1)"
                                .formatted(request, descriptors.count()));
            }
            return descriptors.takeMemory();
        } catch (IOException e) {
            throw broken(request, e);
        }
    }

    /** Says something that has no details. */
    void tell(Request request) {
        try (Arena arena = Arena.ofConfined()) {
            tell(request, Message.of(arena, request.number(), 0), List.of());
        }
    }

    /** Says something that has no details, and sends something with it. */
    void tell(Request request, List<? extends FileDescriptor> descriptors) {
        try (Arena arena = Arena.ofConfined()) {
            tell(request, Message.of(arena, request.number(), 0), descriptors);
        }
    }

    /** Says one number. */
    void tell(Request request, long value) {
        tell(request, value, List.of());
    }

    /** Says one number, and sends something with it. */
    void tell(Request request, long value, List<? extends FileDescriptor> descriptors) {
        try (Arena arena = Arena.ofConfined()) {
            Message message = Message.of(arena, request.number(), U64_BYTES).u64(0, value);
            tell(request, message, descriptors);
        }
    }

    /** Says two numbers. */
    void tell(Request request, int index, int number) {
        try (Arena arena = Arena.ofConfined()) {
            Message message = Message.of(arena, request.number(), U64_BYTES);
            tell(request, message.u32(0, index).u32(4, number), List.of());
        }
    }

    /**
     * Says something, and waits for the back end to confirm it when it can.
     *
     * @throws BackEndFaultException when it refuses
     */
    synchronized void tell(
            Request request, Message message, List<? extends FileDescriptor> descriptors) {
        if (acknowledges) {
            message.wantReply();
        }
        post(message, request, descriptors);
        if (!acknowledges) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            Message answer = receive(arena, request, U64_BYTES, null);
            if (answer.size() != U64_BYTES) {
                throw fault(
                        "%s was confirmed with %d bytes (expected: 8)"
                                .formatted(request, answer.size()));
            }
            if (answer.u64(0) != 0) {
                throw new BackEndFaultException(
                        "the back end %s refused %s (status %d)"
                                .formatted(name, request, answer.u64(0)));
            }
        }
    }

    /**
     * The connection is over; nothing is said any more. Takes no lock, so that it can be said while
     * somebody waits for an answer, who then returns at once.
     */
    void lose(DeviceLostException reason) {
        lost.compareAndSet(null, reason);
        socket.shutdown();
    }

    @Override
    public void close() {
        lose(new DeviceLostException("the connection to %s was closed".formatted(name)));
        synchronized (this) { // nobody is in a system call on it
            socket.close();
        }
    }

    void checkUsable() {
        DeviceLostException reason = lost.get();
        if (reason != null) {
            throw reason.again();
        }
    }

    private void post(
            Message message, Request request, List<? extends FileDescriptor> descriptors) {
        checkUsable();
        try {
            stream.send(message, descriptors);
        } catch (IOException e) {
            throw broken(request, e);
        }
    }

    private Message receive(
            Arena arena, Request request, int bytes, @Nullable ReceivedDescriptors wanted) {
        try (ReceivedDescriptors descriptors = new ReceivedDescriptors()) {
            Message answer = stream.receive(arena, bytes, wanted == null ? descriptors : wanted);
            if (answer.request() != request.number() || !answer.isReply()) {
                throw fault(
                        "%s was answered with message %d, flags 0x%x (expected: %d, a reply)"
                                .formatted(
                                        request,
                                        answer.request(),
                                        answer.flags(),
                                        request.number()));
            }
            if (descriptors.count() > 0) {
                throw fault(
                        "%s was answered with %d file descriptors (expected: none)"
                                .formatted(request, descriptors.count()));
            }
            return answer;
        } catch (IOException e) {
            throw broken(request, e);
        }
    }

    private RuntimeException broken(Request request, IOException reason) {
        if (reason instanceof ProtocolException) {
            return fault("%s was answered wrongly: %s".formatted(request, reason.getMessage()));
        }
        DeviceLostException before = lost.get();
        if (before != null) { // somebody else ended it, and knows better
            return before.again();
        }
        String how =
                reason instanceof SocketTimeoutException
                        ? "did not answer within " + patience.toMillis() + " ms"
                        : "is gone: " + reason.getMessage();
        DeviceLostException gone =
                new DeviceLostException(
                        "the back end %s %s (at %s)".formatted(name, how, request), reason);
        lose(gone);
        return gone;
    }

    /** The back end broke the protocol, and is not spoken to any more. {@return what to throw} */
    BackEndFaultException fault(String what) {
        lose(
                new DeviceLostException(
                        "the connection to %s was closed, since %s".formatted(name, what)));
        return new BackEndFaultException(
                "the back end %s broke the protocol: %s".formatted(name, what));
    }
}
