package dev.virtq.machine.sim.vhostuser;

import dev.virtq.device.DeviceLostException;
import dev.virtq.machine.sim.SimDevice;
import dev.virtq.machine.sim.SimNetwork;
import dev.virtq.machine.sim.WorkDone;
import dev.virtq.machine.sim.device.ServedDevice;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.transport.vhostuser.posix.EventFd;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A vhost-user back end in this process: it listens on a socket, or connects to one, maps the
 * memory that a front end shares with it, and does with its queues what a {@link SimDevice}, or a
 * network device, does. One front end after the other; each finds a fresh device.
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
    private final FrontEnds frontEnds;
    private final Script script;
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

    private SimBackEnd(FrontEnds frontEnds, Script script, EventFd attention) {
        this.frontEnds = frontEnds;
        this.script = script;
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
        return serve(FrontEnds.Listening.at(path), attention -> network(network, attention));
    }

    /**
     * Connects to a front end that listens on a socket: as soon as one does, and again after each
     * connection, until it is closed.
     *
     * @param path where
     * @param device what the device does
     * @return the back end, which looks for a front end
     * @throws IOException when there are too few file descriptors
     */
    public static SimBackEnd connect(Path path, SimDevice device) throws IOException {
        return connect(path, Script.honest(device));
    }

    /**
     * Connects to a front end that listens on a socket, as {@link #connect(Path, SimDevice)}, as a
     * network device with one pair of queues, no offloads, and the MTU 1500.
     *
     * @param path where
     * @param network what the device is plugged into. It may reply at any time and from any thread
     * @return the back end, which looks for a front end
     * @throws IOException when there are too few file descriptors
     */
    public static SimBackEnd connect(Path path, SimNetwork network) throws IOException {
        return serve(new FrontEnds.Connecting(path), attention -> network(network, attention));
    }

    static SimBackEnd listen(Path path, Script script) throws IOException {
        return serve(FrontEnds.Listening.at(path), _ -> script);
    }

    static SimBackEnd connect(Path path, Script script) throws IOException {
        return serve(new FrontEnds.Connecting(path), _ -> script);
    }

    private static SimBackEnd serve(FrontEnds frontEnds, Function<EventFd, Script> script)
            throws IOException {
        try {
            EventFd attention = EventFd.create();
            SimBackEnd made = new SimBackEnd(frontEnds, script.apply(attention), attention);
            made.thread.start();
            return made;
        } catch (PosixException e) {
            frontEnds.close();
            throw e;
        }
    }

    private static Script network(SimNetwork network, EventFd attention) {
        SimNetwork heard = heard(network, attention);
        return Script.honest((memory, withheld) -> ServedDevice.of(heard, memory, withheld));
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
            throw new DeviceLostException(
                    "the back end at %s was closed".formatted(frontEnds.path()), e);
        }
    }

    private void serve() {
        while (!ended) {
            try {
                UnixSocket next = frontEnds.next(attention);
                if (next != null) {
                    converse(next);
                } else {
                    attend();
                }
            } catch (IOException e) {
                lastTrouble = e;
            } catch (RuntimeException e) { // a fault of its own: the next front end is served
                lastTrouble = new IOException("the back end failed: " + e, e);
            }
        }
    }

    private void converse(UnixSocket socket) throws IOException {
        int number = conversations.get() + 1;
        try (Conversation conversation =
                new Conversation(script, number, frontEnds.path(), socket, attention)) {
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

    /** Ends the connection, and looks for no other. Idempotent. */
    @Override
    public synchronized void close() {
        if (ended) {
            return;
        }
        ended = true;
        try {
            attention.signal();
            joinUninterruptibly();
            frontEnds.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
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
