package dev.virtq.transport.vhostuser;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.ConfigSpace;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioException;
import dev.virtq.memory.DmaMemory;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.posix.ProcessWatch;
import dev.virtq.transport.vhostuser.posix.UnixSocket;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * A virtio device behind a vhost-user socket.
 *
 * <p>A back end that does not have the device status (protocol feature STATUS) leaves it to this
 * side: it takes any features that it has offered, and is reset by taking all queues back.
 *
 * <p>The protocol does not say what kind of device a back end is; whoever opens it does.
 */
final class VhostUserTransport implements Transport {
    /** Of the features: addresses are checked against a table that this front end does not keep. */
    private static final FeatureSet WITHHELD =
            FeatureSet.of(CommonFeature.ACCESS_PLATFORM).withBit(Session.LOG_ALL_BIT);

    private static final FeatureSet SERVED =
            FeatureSet.of(CommonFeature.ORDER_PLATFORM, CommonFeature.RING_RESET);

    private static final int LARGEST_QUEUE = 1024;

    private final Connection connection;
    private final String name;
    private final DeviceType type;
    private final SharedRam ram;
    private final Session session;
    private final Watcher watcher;
    private final Map<Integer, Vring> queues = new ConcurrentSkipListMap<>();
    private final ConfigSpace configSpace;
    private final Interrupt configInterrupt;
    private final @Nullable ProcessWatch process;
    private final int queueCount;
    private int status;

    private VhostUserTransport(
            Connection connection,
            String name,
            DeviceType type,
            SharedRam ram,
            Session session,
            int queueCount,
            Watcher watcher) {
        this.connection = connection;
        this.name = name;
        this.type = type;
        this.ram = ram;
        this.session = session;
        this.queueCount = queueCount;
        this.watcher = watcher;
        process = watched(connection.socket());
        configSpace =
                session.has(ProtocolFeature.CONFIG)
                        ? new BackEndConfig(connection, watcher::generation)
                        : new AbsentConfig();
        configInterrupt = new CallInterrupt(watcher.configChanged(), connection);
    }

    /**
     * Meets a back end.
     *
     * @param place where; it stays open
     * @param name what it is called
     * @param type what kind of device it is
     * @param ram what is shared with it, when its first queue is enabled
     * @param patience how long it may take to answer a request
     * @throws PosixException when nobody is there, or there are too few file descriptors
     */
    static VhostUserTransport open(
            MeetingPlace place, String name, DeviceType type, SharedRam ram, Duration patience)
            throws PosixException {
        Connection connection = new Connection(place.meet(), name, patience);
        try {
            Session session = new Session(connection);
            int queueCount = session.queueCount(type);
            Watcher watcher = watcher(connection, name, session, patience);
            VhostUserTransport transport =
                    new VhostUserTransport(
                            connection, name, type, ram, session, queueCount, watcher);
            watcher.start(transport::wakeEverybody);
            return transport;
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

    @Override
    public DeviceType deviceType() {
        return type;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DmaMemory memory() {
        return ram.memory();
    }

    @Override
    public synchronized int readStatus() {
        connection.checkUsable();
        if (!session.has(ProtocolFeature.STATUS)) {
            return status;
        }
        long answer = connection.ask(Request.GET_STATUS);
        if (answer < 0 || answer > 0xff) {
            throw new BackEndFaultException(
                    "the back end's device status is 0x%x (expected: 0x00..0xff)"
                            .formatted(answer));
        }
        return (int) answer;
    }

    @Override
    public synchronized void writeStatus(int value) {
        if (value < 0 || value > 0xff) {
            throw new IllegalArgumentException(
                    "device status 0x%x (expected: 0x00..0xff)".formatted(value));
        }
        connection.checkUsable();
        if (value == 0) {
            queues.values().forEach(queue -> queue.stop(session.hasEnable()));
            if (session.has(ProtocolFeature.RESET_DEVICE)) {
                connection.tell(Request.RESET_DEVICE);
            }
        }
        if (session.has(ProtocolFeature.STATUS)) {
            connection.tell(Request.SET_STATUS, value);
        }
        status = value;
    }

    @Override
    public synchronized FeatureSet readOfferedFeatures() {
        long bits = session.features();
        return FeatureSet.EMPTY
                .withWord(0, (int) bits)
                .withWord(1, (int) (bits >>> Integer.SIZE))
                .minus(WITHHELD);
    }

    @Override
    public synchronized void writeAcceptedFeatures(FeatureSet features) {
        FeatureSet high = features.minus(FeatureSet.EMPTY.withWord(0, -1).withWord(1, -1));
        if (!high.isEmpty()) {
            throw new IllegalArgumentException(
                    "feature bits %s cannot be accepted: vhost-user has 64".formatted(high));
        }
        session.accept(
                Integer.toUnsignedLong(features.word(0))
                        | Integer.toUnsignedLong(features.word(1)) << Integer.SIZE);
    }

    @Override
    public FeatureSet servedFeatures() {
        return SERVED;
    }

    @Override
    public int queueCount() {
        return queueCount;
    }

    @Override
    public int maxQueueSize(int queue) {
        return queue < queueCount ? LARGEST_QUEUE : 0;
    }

    @Override
    public synchronized QueueConnection enableQueue(int queue, QueueSetup setup) {
        connection.checkUsable();
        try {
            session.share(ram);
            Vring ring = queues.get(queue);
            if (ring == null) {
                ring = new Vring(queue, connection);
                queues.put(queue, ring);
            }
            return ring.start(setup, session.hasEnable());
        } catch (PosixException e) {
            throw new VirtioException(
                    "queue %d of %s cannot be set up: %s".formatted(queue, name, e.getMessage()),
                    e);
        }
    }

    @Override
    public synchronized void resetQueue(int queue) {
        Vring ring = queues.get(queue);
        if (ring == null) {
            throw new IllegalArgumentException("queue %d is not enabled".formatted(queue));
        }
        ring.stop(session.hasEnable());
    }

    @Override
    public ConfigSpace configSpace() {
        return configSpace;
    }

    @Override
    public Interrupt configInterrupt() {
        return configInterrupt;
    }

    @Override
    public Optional<DeviceLostException> lost() {
        return connection.lost();
    }

    @Override
    public boolean deviceProvenDead() {
        return process != null && process.hasEnded();
    }

    @Override
    public void close() {
        connection.close(); // whoever waits for an answer returns, and lets go of the lock
        synchronized (this) {
            watcher.close();
            queues.values().forEach(Vring::close);
            if (process != null) {
                process.close();
            }
        }
    }

    /** {@return where the device is, and what it is} */
    @Override
    public String toString() {
        return name + " (" + type + ")";
    }

    private void wakeEverybody() {
        queues.values().forEach(Vring::wake);
    }

    /** The process at the other end, if it can be seen from here; it may be in a container. */
    private static @Nullable ProcessWatch watched(UnixSocket socket) {
        try {
            int process = socket.peerProcess();
            return process == 0 ? null : ProcessWatch.of(process);
        } catch (PosixException e) {
            return null;
        }
    }
}
