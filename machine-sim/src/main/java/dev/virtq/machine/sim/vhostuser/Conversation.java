package dev.virtq.machine.sim.vhostuser;

import dev.virtq.machine.sim.device.ServedDevice;
import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.FileDescriptor;
import dev.virtq.transport.vhostuser.posix.LocalBackEnds;
import dev.virtq.transport.vhostuser.posix.MemoryFile;
import dev.virtq.transport.vhostuser.posix.Poll;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.ReceivedDescriptors;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import dev.virtq.transport.vhostuser.protocol.Message;
import dev.virtq.transport.vhostuser.protocol.MessageStream;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a front end: a device of its own, and everything that was received with it. In
 * one thread, which hears requests and kicks, and is the device.
 */
final class Conversation implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int MAX_PAYLOAD = 4096;
    private static final int STEPS_AT_ONCE = 64;
    private static final int CONFIG_CHANGED = 2;
    private static final int MINUTE_MILLIS = 60_000;

    private final Script script;
    private final UnixSocket socket;
    private final EventFd attention;
    private final MessageStream stream;
    private final ServedMemory memory = new ServedMemory();
    private final ServedDevice device;
    private final List<ServedVring> vrings = new ArrayList<>();
    private final Requests requests;
    private final Deed.Reach reach = new OwnReach();
    private final LocalBackEnds.@Nullable Life life;
    private List<MemoryFile> attached = List.of();
    private @Nullable UnixSocket channel;
    private boolean deaf;
    private boolean gone;

    /**
     * Begins one.
     *
     * @param number which one it is of the back end's, from 1 on
     * @param path where it listens
     */
    Conversation(Script script, int number, Path path, UnixSocket socket, EventFd attention) {
        life = script.ends().proven() ? LocalBackEnds.begin(path) : null;
        this.script = script;
        this.socket = socket;
        this.attention = attention;
        stream = new MessageStream(socket, PATIENCE);
        device = script.device().make(memory.memory(), script.withheld());
        for (int i = 0; i < device.queueCount(); i++) {
            vrings.add(new ServedVring(i, device));
        }
        requests =
                new Requests(
                        script,
                        memory,
                        device,
                        vrings,
                        new Death.Countdown(script.ends().steps().applyAsLong(number)));
    }

    ServedDevice device() {
        return device;
    }

    /** Has the connection end, and leaves everything as it is. */
    void hangUp() {
        gone = true;
        vrings.forEach(ServedVring::abandon);
    }

    /**
     * Works, until somebody asks for attention.
     *
     * @return whether the front end is still there
     */
    boolean goOn() throws IOException {
        try {
            return workOn();
        } catch (Death.Died e) {
            hangUp();
            return false;
        }
    }

    private boolean workOn() throws IOException {
        while (!gone) {
            boolean busy = work();
            List<Poll.Wish> wishes = new ArrayList<>();
            wishes.add(new Poll.Wish(attention, Poll.READABLE));
            wishes.add(new Poll.Wish(socket, Poll.READABLE));
            List<ServedVring> heard = new ArrayList<>();
            for (ServedVring vring : vrings) {
                EventFd kick = vring.kick();
                if (kick != null && !deaf) {
                    wishes.add(new Poll.Wish(kick, Poll.READABLE));
                    heard.add(vring);
                }
            }
            int[] happened = Poll.first(busy ? 0 : MINUTE_MILLIS, wishes.toArray(Poll.Wish[]::new));
            for (int i = 0; i < heard.size(); i++) {
                if (happened[i + 2] != 0) {
                    heard.get(i).kicked();
                }
            }
            if (happened[1] != 0) {
                hear();
            }
            if (happened[0] != 0) {
                return !gone;
            }
        }
        return false;
    }

    /** {@return whether there may be more to do} */
    private boolean work() throws IOException {
        int steps = 0;
        while (steps < STEPS_AT_ONCE && device.step()) {
            steps++;
        }
        for (ServedVring vring : vrings) {
            vring.tell();
        }
        if (device.takeConfigInterrupt()) {
            tellOfConfig();
        }
        return steps == STEPS_AT_ONCE;
    }

    private void tellOfConfig() throws IOException {
        UnixSocket open = channel;
        if (open == null) {
            return; // the front end does not want to know
        }
        try (Arena arena = Arena.ofConfined()) {
            new MessageStream(open, PATIENCE).send(Message.of(arena, CONFIG_CHANGED, 0), List.of());
        }
    }

    private void hear() throws IOException {
        try (Arena arena = Arena.ofConfined();
                ReceivedDescriptors descriptors = new ReceivedDescriptors()) {
            Message message = stream.receive(arena, MAX_PAYLOAD, descriptors);
            Request request =
                    find(message.request())
                            .orElseThrow(
                                    () -> new Refusal("there is no request " + message.request()));
            boolean confirm = requests.acknowledges() && message.wantsReply();
            Message answer;
            try {
                answer =
                        request == Request.SET_BACKEND_REQ_FD
                                ? channel(descriptors)
                                : requests.answer(arena, request, message, descriptors);
                if (answer == null && confirm) {
                    answer = confirmation(arena, request, 0);
                }
            } catch (Refusal e) {
                if (!confirm) {
                    throw e; // the only way to say no
                }
                answer = confirmation(arena, request, 1);
            }
            try (MemoryFile file = requests.takeAttached()) {
                attached = file == null ? List.of() : List.of(file);
                script.deed(request).done(answer, reach);
            } finally {
                attached = List.of();
            }
        } catch (EOFException e) {
            gone = true;
        }
    }

    private @Nullable Message channel(ReceivedDescriptors descriptors) throws Refusal {
        if (channel != null || descriptors.count() != 1) {
            throw new Refusal("a channel, and %d sockets".formatted(descriptors.count()));
        }
        channel = UnixSocket.of(descriptors);
        return null;
    }

    private static Message confirmation(Arena arena, Request request, long status) {
        return Message.of(arena, request.number(), Long.BYTES).u64(0, status).asReply();
    }

    private static Optional<Request> find(int number) {
        return Arrays.stream(Request.values())
                .filter(request -> request.number() == number)
                .findFirst();
    }

    @Override
    public void close() {
        vrings.forEach(ServedVring::close);
        if (channel != null) {
            channel.close();
        }
        if (life != null) {
            life.end(); // before the front end sees the end of the connection, and wonders
        }
        socket.close();
        memory.memory().close();
    }

    /** What a deed may use. */
    private final class OwnReach implements Deed.Reach {
        @Override
        public void send(Message message, List<? extends FileDescriptor> descriptors)
                throws IOException {
            stream.send(message, descriptors);
        }

        @Override
        public List<? extends FileDescriptor> attached() {
            return attached;
        }

        @Override
        public void sendRequest(byte[] bytes) throws IOException {
            UnixSocket open = channel;
            if (open != null) {
                try (Arena arena = Arena.ofConfined()) {
                    MemorySegment copy = arena.allocate(bytes.length);
                    copy.copyFrom(MemorySegment.ofArray(bytes));
                    open.send(copy, List.of());
                }
            }
        }

        @Override
        public void fillKicks() throws PosixException {
            deaf = true;
            for (ServedVring vring : vrings) {
                vring.fillKick();
            }
        }

        @Override
        public void blockNotifications() throws PosixException {
            for (ServedVring vring : vrings) {
                vring.blockNotifications();
            }
        }

        @Override
        public @Nullable UnixSocket takeChannel() {
            UnixSocket taken = channel;
            channel = null;
            return taken;
        }

        @Override
        public void hangUp() {
            gone = true;
        }
    }
}
