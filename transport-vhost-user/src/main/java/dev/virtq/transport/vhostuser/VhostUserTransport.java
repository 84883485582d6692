package dev.virtq.transport.vhostuser;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.ConfigSpace;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceStatus;
import dev.virtq.device.DeviceType;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioException;
import dev.virtq.memory.DmaMemory;
import dev.virtq.transport.vhostuser.posix.PosixException;
import dev.virtq.transport.vhostuser.protocol.ProtocolFeature;
import dev.virtq.transport.vhostuser.protocol.Request;
import java.time.Duration;
import java.util.Optional;

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

    /** Between two looks whether a back end is there. */
    private static final long PAUSE_MILLIS = 10;

    /** From the end of a process's connection to its own. */
    private static final Duration TIME_TO_DIE = Duration.ofMillis(200);

    private final MeetingPlace place;
    private final String name;
    private final DeviceType type;
    private final SharedRam ram;
    private final Duration patience;
    private final InflightAccount account = new InflightAccount();
    private volatile Link link;
    private volatile boolean closed;
    private boolean packed;
    private int status;

    private VhostUserTransport(
            Link link,
            MeetingPlace place,
            String name,
            DeviceType type,
            SharedRam ram,
            Duration patience) {
        this.link = link;
        this.place = place;
        this.name = name;
        this.type = type;
        this.ram = ram;
        this.patience = patience;
    }

    /**
     * Meets a back end.
     *
     * @param place where, and where another one is met, should this one be lost; it stays open
     * @param name what it is called
     * @param type what kind of device it is
     * @param ram what is shared with it, when its first queue is enabled
     * @param patience how long it may take to answer a request
     * @throws PosixException when nobody is there, or there are too few file descriptors
     */
    static VhostUserTransport open(
            MeetingPlace place, String name, DeviceType type, SharedRam ram, Duration patience)
            throws PosixException {
        Link link = Link.open(place.meet(), place.path(), name, type, patience);
        return new VhostUserTransport(link, place, name, type, ram, patience);
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
        link.connection().checkUsable();
        if (!link.session().has(ProtocolFeature.STATUS)) {
            return status;
        }
        long answer = link.connection().ask(Request.GET_STATUS);
        if (answer < 0 || answer > 0xff) {
            throw new BackEndFaultException(
                    "the back end's device status is 0x%x (expected: 0x00..0xff)"
                            .formatted(answer));
        }
        return (int) answer;
    }

    /** A queue runs from DRIVER_OK on: then all of them are known, and the account can be begun. */
    @Override
    public synchronized void writeStatus(int value) {
        if (value < 0 || value > 0xff) {
            throw new IllegalArgumentException(
                    "device status 0x%x (expected: 0x00..0xff)".formatted(value));
        }
        Connection connection = link.connection();
        connection.checkUsable();
        if (value == 0) {
            link.stopAll();
            account.end();
            if (link.session().has(ProtocolFeature.RESET_DEVICE)) {
                connection.tell(Request.RESET_DEVICE);
            }
        } else if (DeviceStatus.DRIVER_OK.in(value)) {
            startQueues();
        }
        if (link.session().has(ProtocolFeature.STATUS)) {
            connection.tell(Request.SET_STATUS, value);
        }
        status = value;
    }

    private void startQueues() {
        account.begin(link.connection(), link.session(), link.prepared(), packed);
        link.start();
    }

    @Override
    public synchronized FeatureSet readOfferedFeatures() {
        long bits = link.session().features();
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
        packed = features.contains(CommonFeature.RING_PACKED);
        link.session()
                .accept(
                        Integer.toUnsignedLong(features.word(0))
                                | Integer.toUnsignedLong(features.word(1)) << Integer.SIZE);
    }

    /** The account of a back end knows nothing of a single queue that starts afresh. */
    @Override
    public FeatureSet servedFeatures() {
        return link.session().has(ProtocolFeature.INFLIGHT_SHMFD)
                ? SERVED.without(CommonFeature.RING_RESET)
                : SERVED;
    }

    @Override
    public int queueCount() {
        return link.queueCount();
    }

    @Override
    public int maxQueueSize(int queue) {
        return queue < queueCount() ? LARGEST_QUEUE : 0;
    }

    @Override
    public synchronized QueueConnection enableQueue(int queue, QueueSetup setup) {
        link.connection().checkUsable();
        try {
            link.session().share(ram);
            QueueConnection connection = link.prepare(queue, setup);
            if (DeviceStatus.DRIVER_OK.in(status)) {
                startQueues(); // the others run already
            }
            return connection;
        } catch (PosixException e) {
            throw new VirtioException(
                    "queue %d of %s cannot be set up: %s".formatted(queue, name, e.getMessage()),
                    e);
        }
    }

    @Override
    public synchronized void resetQueue(int queue) {
        link.stop(queue);
    }

    @Override
    public ConfigSpace configSpace() {
        return link.configSpace();
    }

    @Override
    public Interrupt configInterrupt() {
        return link.configInterrupt();
    }

    @Override
    public Optional<DeviceLostException> lost() {
        return link.connection().lost();
    }

    @Override
    public boolean deviceProvenDead() {
        return link.end().isProven();
    }

    @Override
    public void reconnect(Duration timeout) throws InterruptedException {
        if (lost().isEmpty()) {
            throw new IllegalStateException(
                    "%s is connected (expected: lost, before it is connected to again)"
                            .formatted(this));
        }
        Link other = meetAgain(timeout);
        try {
            boolean ended = link.end().isProvenWithin(TIME_TO_DIE);
            goOnWith(other, ended);
        } catch (RuntimeException | InterruptedException e) {
            other.close();
            throw e;
        }
    }

    private synchronized void goOnWith(Link other, boolean provenDead) {
        checkOpen();
        if (!provenDead) {
            try {
                ram.renew();
            } catch (PosixException e) {
                throw new VirtioException(
                        "other memory than that which the lost back end of %s may still write: %s"
                                .formatted(name, e.getMessage()),
                        e);
            }
        }
        account.backEndIsGone(provenDead);
        link.close();
        link = other;
        status = 0;
    }

    /** Whoever goes may take a connection with him that was meant for the next one. */
    private Link meetAgain(Duration timeout) throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            checkOpen();
            Exception reason;
            Duration left = timeout.minusNanos(System.nanoTime() - start);
            try {
                return Link.open(
                        place.meet(left.isNegative() ? Duration.ZERO : left),
                        place.path(),
                        name,
                        type,
                        patience);
            } catch (PosixException | DeviceLostException e) {
                reason = e;
            }
            if (Duration.ofNanos(System.nanoTime() - start).compareTo(timeout) >= 0) {
                throw new DeviceLostException(
                        "no back end answers at %s within %d ms: %s"
                                .formatted(place.path(), timeout.toMillis(), reason.getMessage()),
                        reason);
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new DeviceLostException("the connection to %s was closed".formatted(name));
        }
    }

    @Override
    public synchronized boolean resume() {
        return account.resume(link.connection(), link.session());
    }

    @Override
    public void close() {
        closed = true;
        link.hangUp(); // whoever waits for an answer returns, and lets go of the lock
        synchronized (this) {
            link.close();
            account.close();
        }
    }

    /** {@return where the device is, and what it is} */
    @Override
    public String toString() {
        return name + " (" + type + ")";
    }
}
