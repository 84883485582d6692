package dev.virtq.transport.vhostuser;

import dev.virtq.device.ConfigSpace;
import dev.virtq.device.DeviceType;
import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * One connection to a back end, from the greeting to the end, and everything that goes with it: no
 * descriptor of it is ever given to another back end, which would hear kicks that are not its own.
 */
final class Link implements AutoCloseable {
    private final Connection connection;
    private final Session session;
    private final int queueCount;
    private final Watcher watcher;
    private final BackEndEnd end;
    private final ConfigSpace configSpace;
    private final Interrupt configInterrupt;
    private final Map<Integer, Vring> vrings = new ConcurrentSkipListMap<>();

    private Link(
            Connection connection,
            Session session,
            int queueCount,
            Watcher watcher,
            BackEndEnd end) {
        this.connection = connection;
        this.session = session;
        this.queueCount = queueCount;
        this.watcher = watcher;
        this.end = end;
        configSpace =
                session.has(ProtocolFeature.CONFIG)
                        ? new BackEndConfig(connection, watcher::generation)
                        : new AbsentConfig();
        configInterrupt = new CallInterrupt(watcher.configChanged(), connection);
    }

    /**
     * Meets a back end.
     *
     * @param socket the connection to it; it is closed with the link, and when this fails
     * @param place where it was met
     * @param name what it is called
     * @param type what kind of device it is
     * @param patience how long it may take to answer a request
     * @throws PosixException when there are too few file descriptors
     */
    static Link open(UnixSocket socket, Path place, String name, DeviceType type, Duration patience)
            throws PosixException {
        Connection connection = new Connection(socket, name, patience);
        try {
            Session session = new Session(connection);
            int queueCount = session.queueCount(type);
            Watcher watcher = watcher(connection, name, session, patience);
            BackEndEnd end = BackEndEnd.of(socket, place); // it has answered, so it is at work
            Link link = new Link(connection, session, queueCount, watcher, end);
            watcher.start(link::wakeEverybody);
            return link;
        } catch (RuntimeException | PosixException e) {
            connection.close();
            throw e;
        }
    }

    private static Watcher watcher(
            Connection connection, String name, Session session, Duration patience)
            throws PosixException {
        if (!session.has(ProtocolFeature.BACKEND_REQ)) {
            return Watcher.of(connection, name, null, patience);
        }
        List<UnixSocket> pair = UnixSocket.pair();
        try (UnixSocket backEndsEnd = pair.get(1)) {
            Watcher watcher = Watcher.of(connection, name, pair.get(0), patience);
            try {
                session.hear(backEndsEnd);
                return watcher;
            } catch (RuntimeException e) {
                watcher.close();
                throw e;
            }
        }
    }

    Connection connection() {
        return connection;
    }

    Session session() {
        return session;
    }

    int queueCount() {
        return queueCount;
    }

    BackEndEnd end() {
        return end;
    }

    ConfigSpace configSpace() {
        return configSpace;
    }

    Interrupt configInterrupt() {
        return configInterrupt;
    }

    /** Tells the back end of a queue, which does not run yet. */
    QueueConnection prepare(int queue, QueueSetup setup) throws PosixException {
        Vring vring = vrings.get(queue);
        if (vring == null) {
            vring = new Vring(queue, connection);
            vrings.put(queue, vring);
        }
        return vring.prepare(setup);
    }

    /** {@return the queues that were told of and do not run yet} */
    Collection<Vring> prepared() {
        return vrings.values().stream().filter(Vring::isPrepared).toList();
    }

    /** Has those run. */
    void start() {
        prepared().forEach(vring -> vring.start(session.hasEnable()));
    }

    /** Takes a queue back. */
    void stop(int queue) {
        Vring vring = vrings.get(queue);
        if (vring == null) {
            throw new IllegalArgumentException("queue %d is not enabled".formatted(queue));
        }
        vring.stop(session.hasEnable());
    }

    /** Takes all queues back. */
    void stopAll() {
        vrings.values().forEach(vring -> vring.stop(session.hasEnable()));
    }

    private void wakeEverybody() {
        vrings.values().forEach(Vring::wake);
    }

    /** Ends the connection: whoever waits for an answer returns. */
    void hangUp() {
        connection.close();
    }

    /** Not while somebody waits for an answer. */
    @Override
    public void close() {
        connection.close();
        watcher.close();
        vrings.values().forEach(Vring::close);
        end.close();
    }
}
