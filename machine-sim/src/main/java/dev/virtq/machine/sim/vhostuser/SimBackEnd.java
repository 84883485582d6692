package dev.virtq.machine.sim.vhostuser;

import dev.virtq.device.DeviceLostException;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimNetwork;
import dev.virtq.machine.sim.WorkDone;
import dev.virtq.machine.sim.device.ServedDevice;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.Poll;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A vhost-user back end in this process: it listens on a socket, maps the memory that a front end
 * shares with it, and does with its queues what a {@link SimDevice}, or a network device, does. One
 * front end after the other; each finds a fresh device.
 *
 * <pre>{@code
 * try (SimBackEnd backEnd = SimBackEnd.listen(socket, SimDevice.echo());
 *         VhostUserMachine machine = VhostUserMachine.of(socket, SimDevice.ECHO, 8 << 20)) {
 *     ...
 * }
 * }</pre>
 *
 * <p>It has the protocol features MQ, REPLY_ACK, BACKEND_REQ, CONFIG, INFLIGHT_SHMFD, RESET_DEVICE,
 * CONFIGURE_MEM_SLOTS and STATUS. A front end that breaks the protocol is refused, by a status
 * where it asks for one, else by the end of the connection; {@link #lastTrouble} says why. Memory
 * stays shared until the connection ends.
 *
 * <p>One that takes the place of another on the same socket, or that has {@linkplain #hangUp hung
 * up} itself, goes on with what was in flight, if the front end has kept the account of it.
 *
 * <p>Threads: any.
 */
public final class SimBackEnd implements AutoCloseable {
    private static final int MINUTE_MILLIS = 60_000;

    private final Path path;
    private final Script script;
    private final UnixSocket listening;
    private final EventFd attention;
    private final Thread thread;
    private final AtomicInteger conversations = new AtomicInteger();
    private final Queue<Runnable> errands = new ConcurrentLinkedQueue<>();

    /** Of the thread. */
    private @Nullable Conversation current;

    private volatile boolean ended;
    private volatile @Nullable ServedDevice device;

    /** Of a device that is not there any more: it would keep the front end's memory mapped. */
    private volatile WorkDone lastWork = new WorkDone(0, 0, 0, 0);

    private volatile @Nullable DriverFaultException lastFault;
    private volatile @Nullable IOException lastTrouble;

    private SimBackEnd(Path path, Script script, UnixSocket listening, EventFd attention) {
        this.path = path;
        this.script = script;
        this.listening = listening;
        this.attention = attention;
        thread = Thread.ofPlatform().daemon().name("virtq-sim-back-end").unstarted(this::serve);
    }

    /**
     * Listens on a socket.
     *
     * @param path where; nothing may be there. It is removed by {@link #close}
     * @param device what the device does
     * @return the back end, which listens
     * @throws IOException when nobody can listen there
     */
    public static SimBackEnd listen(Path path, SimDevice device) throws IOException {
        return listen(path, Script.honest(device));
    }

    /**
     * Listens on a socket, as a network device with one pair of queues, no offloads, and the MTU
     * 1500.
     *
     * @param path where; nothing may be there. It is removed by {@link #close}
     * @param network what the device is plugged into. It may reply at any time and from any thread
     * @return the back end, which listens
     * @throws IOException when nobody can listen there
     */
    public static SimBackEnd listen(Path path, SimNetwork network) throws IOException {
        return listen(
                path,
                attention -> {
                    SimNetwork heard = heard(network, attention);
                    return Script.honest(
                            (memory, withheld) -> ServedDevice.of(heard, memory, withheld));
                });
    }

    static SimBackEnd listen(Path path, Script script) throws IOException {
        return listen(path, attention -> script);
    }

    private static SimBackEnd listen(Path path, Function<EventFd, Script> script)
            throws IOException {
        UnixSocket listening = UnixSocket.listen(path);
        try {
            EventFd attention = EventFd.create();
            SimBackEnd made = new SimBackEnd(path, script.apply(attention), listening, attention);
            made.thread.start();
            return made;
        } catch (PosixException e) {
            listening.close();
            Files.deleteIfExists(path);
            throw e;
        }
    }

    /** The same network, whose replies wake the device. */
    private static SimNetwork heard(SimNetwork network, EventFd attention) {
        return (frame, replies) ->
                network.accept(
                        frame,
                        reply -> {
                            replies.accept(reply);
                            try {
                                attention.signal();
                            } catch (PosixException e) {
                                return; // closed meanwhile: nobody wants to know
                            }
                        });
    }

    /** {@return how many front ends have connected so far} */
    public int conversations() {
        return conversations.get();
    }

    /** {@return what the device of the last front end has done so far} */
    public WorkDone workDone() {
        ServedDevice there = device;
        return there == null ? lastWork : there.workDone();
    }

    /** {@return what the last front end's driver did wrong; empty when it did nothing} */
    public Optional<DriverFaultException> lastFault() {
        ServedDevice there = device;
        return there == null ? Optional.ofNullable(lastFault) : there.lastFault();
    }

    /** {@return why a connection was ended from this side, the last time; empty if it never was} */
    public Optional<IOException> lastTrouble() {
        return Optional.ofNullable(lastTrouble);
    }

    /**
     * Changes the last byte of the configuration space, and tells the front end.
     *
     * @param value what it becomes
     */
    public void changeConfig(byte value) {
        send(() -> {
            if (current != null) {
                current.device().changeLastConfigByte(value);
            }
        });
    }

    /** Ends the connection to the front end that is there, as a process does that dies. */
    public void hangUp() {
        send(() -> {
            if (current != null) {
                current.hangUp();
            }
        });
    }

    private void send(Runnable errand) {
        errands.add(errand);
        try {
            attention.signal();
        } catch (PosixException e) {
            throw new DeviceLostException("the back end at %s was closed".formatted(path), e);
        }
    }

    private void serve() {
        while (!ended) {
            try {
                if (isAskedFor()) {
                    converse(listening.accept());
                }
            } catch (IOException e) {
                lastTrouble = e;
            } catch (RuntimeException e) { // a fault of its own: the next front end is served
                lastTrouble = new IOException("the back end failed: " + e, e);
            }
        }
    }

    /** {@return whether a front end wants to connect} */
    private boolean isAskedFor() throws PosixException {
        int[] happened =
                Poll.first(
                        MINUTE_MILLIS,
                        new Poll.Wish(attention, Poll.READABLE),
                        new Poll.Wish(listening, Poll.READABLE));
        attend();
        return !ended && happened[1] != 0;
    }

    private void converse(UnixSocket socket) throws IOException {
        int number = conversations.get() + 1;
        try (Conversation conversation =
                new Conversation(script, number, path, socket, attention)) {
            device = conversation.device();
            current = conversation;
            conversations.set(number);
            try {
                while (!ended && conversation.goOn()) {
                    attend();
                }
            } finally {
                lastWork = conversation.device().workDone();
                lastFault = conversation.device().lastFault().orElse(null);
                device = null;
                current = null;
            }
        }
    }

    private void attend() throws PosixException {
        attention.take();
        for (Runnable errand = errands.poll(); errand != null; errand = errands.poll()) {
            errand.run();
        }
    }

    /** Ends the connection, and listens no more. Idempotent. */
    @Override
    public synchronized void close() {
        if (ended) {
            return;
        }
        ended = true;
        try {
            attention.signal();
            joinUninterruptibly();
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            listening.close();
            attention.close();
        }
    }

    private void joinUninterruptibly() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true; // what was begun is brought to its end
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
