package dev.virtq.device;

import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.Virtqueue;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A virtio device, and the sequence that brings it up and down (virtio 1.4, section 3.1), as a
 * state machine that cannot be run out of order.
 *
 * <pre>{@code
 * try (VirtioDevice device = VirtioDevice.open(transport)) { // reset, ACKNOWLEDGE, DRIVER
 *     device.negotiate(List.of(NetFeature.values()));        // FEATURES_OK
 *     Virtqueue receive = device.queue(0);
 *     Virtqueue transmit = device.queue(1);
 *     device.start();                                        // DRIVER_OK
 *     ...
 * }                                                          // reset, read back, memory freed
 * }</pre>
 *
 * <p>Closing resets the device and reads the status back as 0 before any memory is freed. When the
 * device does not confirm the reset, and is not known to be dead, the memory that it may still
 * write is quarantined instead.
 *
 * <p>Threads: {@link #failure} and {@link #close} may be called from any thread, the rest from one
 * thread at a time.
 */
public final class VirtioDevice implements AutoCloseable {
    /** Where the device is in the sequence of section 3.1.1. */
    public enum Phase {
        /** Reset, acknowledged, a driver is there: the offered features can be read. */
        OPENED,
        /** The features are settled: queues can be set up, the configuration written. */
        NEGOTIATED,
        /** The device is live. */
        RUNNING,
        /**
         * It was asked to suspend itself: nothing is made available, no queue and no field of the
         * configuration changed, before {@link VirtioDevice#resume}.
         */
        SUSPENDED,
        /** The driver has given up; only {@link VirtioDevice#reset} or close lead out. */
        FAILED,
        /** It is over. */
        CLOSED
    }

    /** How long a reset may take before the device counts as one that does not confirm it. */
    private static final Duration RESET_TIMEOUT = Duration.ofSeconds(2);

    private final Transport transport;
    private final Health health;
    private final FeatureNegotiation negotiation;
    private final DeviceQueues queues;
    private final Suspension suspension;
    private final Reconnection reconnection;
    private Phase phase = Phase.OPENED;
    private FeatureSet offered = FeatureSet.EMPTY;
    private FeatureSet accepted = FeatureSet.EMPTY;

    private VirtioDevice(Transport transport, FeatureNegotiation negotiation) {
        this.transport = transport;
        this.negotiation = negotiation;
        health = new Health(transport);
        queues = new DeviceQueues(transport, negotiation, health);
        suspension = new Suspension(health);
        reconnection = new Reconnection(transport, queues);
    }

    /**
     * Resets the device, acknowledges it, and says that there is a driver.
     *
     * @param transport how the device is reached; closed with the device, and when this fails
     * @return the device, its features not yet negotiated
     * @throws DeviceFaultException when the device does not confirm the reset
     * @throws DeviceLostException when the device is gone
     */
    public static VirtioDevice open(Transport transport) {
        return open(transport, FeatureNegotiation.withInstalledFormats());
    }

    static VirtioDevice open(Transport transport, FeatureNegotiation negotiation) {
        VirtioDevice device = new VirtioDevice(transport, negotiation);
        try {
            device.begin();
            return device;
        } catch (RuntimeException e) {
            try {
                transport.close();
            } catch (RuntimeException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    /** {@return how the device is reached} */
    public Transport transport() {
        return transport;
    }

    /** {@return what kind of device it is} */
    public DeviceType type() {
        return transport.deviceType();
    }

    /** {@return the memory that the device can reach} */
    public DmaMemory memory() {
        return transport.memory();
    }

    /** {@return where the device is in its sequence} */
    public synchronized Phase phase() {
        return phase;
    }

    /** {@return the features that the device offers} */
    public synchronized FeatureSet offeredFeatures() {
        return offered;
    }

    /** {@return the features that were accepted; empty before {@link #negotiate}} */
    public synchronized FeatureSet acceptedFeatures() {
        return accepted;
    }

    /**
     * {@return whether a feature was accepted}
     *
     * @param feature the feature to look for
     */
    public boolean has(Feature feature) {
        return acceptedFeatures().contains(feature);
    }

    /** {@return the device-specific configuration space} */
    public DeviceConfig config() {
        return new DeviceConfig(transport.configSpace(), this::checkConfigWritable);
    }

    /**
     * How often the device has announced that its configuration changed (virtio 1.4, section 2.3).
     * Who keeps what was read from {@link #config} keeps this number with it, and reads again when
     * it is another one. Several changes may be announced as one; that the device needs a reset is
     * announced in the same way. May be called from any thread, as often as a transfer is polled.
     *
     * @return the number, which never falls
     * @throws VirtioException when a change was announced, and the device cannot be reached
     */
    public long configurationChanges() {
        health.examine();
        return health.configurationChanges();
    }

    /** {@return why the device cannot be used any more; empty while it can} */
    public Optional<VirtioException> failure() {
        return Optional.ofNullable(health.failure());
    }

    /**
     * Accepts features: those that the device offers, of those that are wanted and those that the
     * ring formats and the transport serve. Then sets FEATURES_OK, and reads it back.
     *
     * <p>After a {@link #reset} or a {@link #reconnect} the queues are what they were: of the
     * features that a ring format serves, those are accepted that the queues were made with, and no
     * others.
     *
     * @param wanted the device type's features that the driver can use; common features among them
     *     have no effect, as the ring format and the transport decide on those
     * @return the accepted features
     * @throws DeviceFaultException when the device does not offer VERSION_1, after a reset no
     *     longer offers what the queues were made with, or does not take the set
     * @throws IllegalStateException when this is not the time for it
     */
    public FeatureSet negotiate(Collection<? extends Feature> wanted) {
        return negotiate(wanted, FeatureSet.EMPTY);
    }

    /**
     * Accepts features as {@link #negotiate(Collection)}, without some of them.
     *
     * @param wanted the device type's features that the driver can use; common features among them
     *     have no effect, as the ring format and the transport decide on those
     * @param refused features that are not accepted although offered and served
     * @return the accepted features
     * @throws DeviceFaultException when the device does not offer VERSION_1, after a reset no
     *     longer offers what the queues were made with, or does not take the set
     * @throws IllegalArgumentException when VERSION_1 is refused, or after a reset what the queues
     *     were made with
     * @throws IllegalStateException when this is not the time for it
     */
    public synchronized FeatureSet negotiate(
            Collection<? extends Feature> wanted, FeatureSet refused) {
        require(Phase.OPENED, "negotiate features");
        if (refused.contains(CommonFeature.VERSION_1)) {
            throw new IllegalArgumentException(
                    "VERSION_1 cannot be refused: without it this would be a legacy device");
        }
        queues.ringFeatures().checkRefusal(refused);
        try {
            FeatureSet suitable = queues.ringFeatures().suitable(offered);
            FeatureSet chosen =
                    negotiation.choose(suitable.minus(refused), wanted, transport.servedFeatures());
            transport.writeAcceptedFeatures(chosen);
            int status = health.addStatus(DeviceStatus.FEATURES_OK);
            if (!DeviceStatus.FEATURES_OK.in(status)) {
                health.cleared(DeviceStatus.FEATURES_OK);
                throw new DeviceFaultException(
                        "the device does not take the features " + chosen,
                        "3.1.1#9",
                        "status " + DeviceStatus.describe(status) + ", offered " + offered);
            }
            if (reconnection.isUndecided()) {
                reconnection.decide(chosen);
                suspension.deviceWasReset();
                health.clear(); // not before: until then the queues refuse
            }
            accepted = chosen;
            phase = Phase.NEGOTIATED;
            return chosen;
        } catch (VirtioException e) {
            fail(e);
            throw e;
        }
    }

    /**
     * Sets a queue up with the defaults; see {@link #queue(int, QueueOptions)}.
     *
     * @param index the queue's index
     * @return the queue
     */
    public Virtqueue queue(int index) {
        return queue(index, QueueOptions.DEFAULT);
    }

    /**
     * Sets a queue up, or gives the one that is. After a {@link #reset} and a new negotiation, or
     * after a {@link #resetQueue}, the same object comes back, with its prepared transfers, and is
     * enabled again.
     *
     * @param index the queue's index
     * @param options how it is set up; without effect when it was set up before
     * @return the queue
     * @throws IllegalArgumentException when the device has no such queue
     * @throws IllegalStateException when the features are not settled, or the device runs and the
     *     queue was not set up before
     * @throws VirtioException when the device did not confirm the queue's reset
     */
    public synchronized Virtqueue queue(int index, QueueOptions options) {
        Virtqueue enabled = queues.enabled(index);
        if (enabled != null) {
            return enabled;
        }
        boolean again = phase == Phase.RUNNING && queues.wasReset(index);
        if (!again) {
            require(Phase.NEGOTIATED, "set up queue " + index);
        }
        Virtqueue queue = queues.setUp(index, options, accepted);
        if (again) {
            health.live(); // it may be notified at once: DRIVER_OK is set
        }
        return queue;
    }

    /**
     * Resets one queue while the others run (VIRTIO_F_RING_RESET; virtio 1.4, section 2.6.1). What
     * the device had used before counts as used; every other transfer of the queue is prepared
     * again, with nothing received, and detached ones are freed. Then {@link #queue(int)} enables
     * the same queue again; what is flushed before that, the device hears of after it.
     *
     * @param index the queue's index
     * @throws IllegalArgumentException when the queue was not set up
     * @throws IllegalStateException when RING_RESET was not accepted, the device does not run, the
     *     queue is reset already, or another thread owns it; nothing has changed then
     * @throws VirtioException when the device does not confirm it: the queue is then out of use,
     *     and what was with the device stays there until the device is {@linkplain #reset reset}
     */
    public synchronized void resetQueue(int index) {
        require(Phase.RUNNING, "reset queue " + index);
        requireAccepted(
                CommonFeature.RING_RESET,
                "reset queue " + index + " alone",
                "; reset() resets the whole device");
        queues.reset(index);
    }

    /** {@return the queues that have been set up, by index} */
    public synchronized List<Virtqueue> queues() {
        return queues.all();
    }

    /** {@return how many queues the device has} */
    public int queueCount() {
        return transport.queueCount();
    }

    /**
     * Makes the device live: DRIVER_OK. Then it is notified of what was flushed before.
     *
     * @throws IllegalStateException when the features are not settled, it runs already, or a queue
     *     from before a reset was not set up again
     */
    public synchronized void start() {
        require(Phase.NEGOTIATED, "start");
        queues.checkAllEnabled();
        health.addStatus(DeviceStatus.DRIVER_OK);
        phase = Phase.RUNNING;
        health.live();
    }

    /**
     * Suspends the device (VIRTIO_F_SUSPEND; virtio 1.4, section 3.4): it stops consuming buffers,
     * and says so. Until {@link #resume}, what is staged cannot be flushed, the device cannot be
     * notified, and neither the configuration nor a queue be changed; what the device had used can
     * be polled. When it has not confirmed in time, all that holds already, and another call waits
     * on.
     *
     * @param timeout how long to wait for the device at most
     * @throws IllegalStateException when SUSPEND was not accepted, the device does not run, or
     *     another thread owns one of the queues
     * @throws TransferTimeoutException when the device does not confirm it in time
     * @throws DeviceFaultException when the device fails to suspend, and needs a reset
     */
    public synchronized void suspend(Duration timeout) {
        if (phase != Phase.SUSPENDED) {
            require(Phase.RUNNING, "suspend");
            requireAccepted(CommonFeature.SUSPEND, "suspend", "");
            queues.checkOwners();
            queues.suspend(); // before the device is asked: 3.4.1#3 holds from the bit on
            phase = Phase.SUSPENDED;
        }
        suspension.suspend(timeout);
    }

    /**
     * Lets a suspended device go on.
     *
     * @param timeout how long to wait for the device at most
     * @throws IllegalStateException when it was not suspended
     * @throws TransferTimeoutException when the device does not confirm it in time; it counts as
     *     suspended, and another call waits on
     * @throws DeviceFaultException when the device fails to resume, and needs a reset
     */
    public synchronized void resume(Duration timeout) {
        require(Phase.SUSPENDED, "resume");
        suspension.resume(timeout);
        phase = Phase.RUNNING;
        queues.resume();
    }

    /** {@return the status byte, read from the device} */
    public int readStatus() {
        return transport.readStatus();
    }

    /**
     * Resets the device and begins again: features can be negotiated and queues set up anew. When
     * the reset is confirmed, every transfer that was in flight is prepared again, with nothing
     * received.
     *
     * @throws DeviceFaultException when the device does not confirm the reset; it is then good for
     *     nothing but closing
     * @throws IllegalStateException when another thread owns one of the queues, or it is closed
     */
    public synchronized void reset() {
        if (phase == Phase.CLOSED) {
            throw outOfOrder("reset");
        }
        queues.checkOwners();
        begin();
        queues.deviceWasReset();
        suspension.deviceWasReset();
        reconnection.deviceWasReset();
        health.clear(); // not before: until then the queues refuse, and what failed stays failed
    }

    /**
     * Goes on with another device in the place of one that was lost, as when a vhost-user back end
     * was started again: waits until somebody is there, connects, resets, and begins the sequence
     * again, as after a {@link #reset}. The queues and the prepared transfers are the same objects,
     * the memory has the same addresses, and the same features have to be offered.
     *
     * <p>Each transfer that was with the lost device has one end, no more. What it had used is
     * completed. What was staged and not flushed, no device has seen: it is staged as before. The
     * rest is decided by {@link #negotiate}, and until then handles and queues stay failed:
     *
     * <ul>
     *   <li>Where the lost device and the new one keep account of transfers in flight (of
     *       vhost-user, protocol feature INFLIGHT_SHMFD), the lost one is proven dead, and the
     *       features are the same as before, the new one goes on with all of them.
     *   <li>Else the lost device may have acted on them already. Those that are {@linkplain
     *       dev.virtq.queue.TransferToken#setIdempotent idempotent} are sent again, in the same
     *       sendings: their handles and {@code poll} complete as if nothing had happened. The
     *       others are returned: {@link TransferReturnedException}, or {@link
     *       dev.virtq.queue.Virtqueue#takeReturned}; detached ones are freed.
     * </ul>
     *
     * <p>{@link #recovery} tells how many there were of each.
     *
     * <p>While this runs, no other thread may write to buffers, even those that it owns: when the
     * process that had the device is not proven dead, it keeps the old pages, and all memory is
     * copied to new ones at the same addresses; what is written meanwhile may be lost. Reading is
     * safe.
     *
     * @param timeout how long to wait until somebody is there
     * @throws IllegalStateException when the device is not lost, or another thread owns one of the
     *     queues; nothing has changed then
     * @throws UnsupportedOperationException when its transport cannot connect again
     * @throws DeviceLostException when nobody was there in time; another call tries again
     * @throws DeviceFaultException when the new device does not confirm its reset
     * @throws InterruptedException when the thread is interrupted; another call tries again
     */
    public synchronized void reconnect(Duration timeout) throws InterruptedException {
        if (phase == Phase.CLOSED) {
            throw outOfOrder("reconnect");
        }
        DeviceLostException lost =
                transport
                        .lost()
                        .orElseThrow(() ->
                                new IllegalStateException(
                                        "cannot reconnect %s: it is not lost (expected: a device that is; reset() begins anew with one that is there)"
                                                .formatted(this)));
        queues.checkOwners();
        health.report(lost); // whoever waits is told, whether or not he has noticed
        phase = Phase.FAILED;
        reconnection.begin(accepted, timeout);
        health.connectedAnew();
        begin();
    }

    /**
     * {@return what became of the transfers that were with the device when it was lost; empty when
     * it never was {@linkplain #reconnect reconnected}, or its features are not negotiated since}
     */
    public synchronized Optional<Recovery> recovery() {
        return reconnection.recovery();
    }

    /**
     * Resets the device, reads the status back as 0, releases whoever waits, and frees the memory;
     * in that order. Idempotent. Drain the queues first when detached transfers must arrive.
     */
    @Override
    public synchronized void close() {
        if (phase == Phase.CLOSED) {
            return;
        }
        phase = Phase.CLOSED;
        boolean confirmed = false;
        try {
            confirmed = health.resetForGood();
        } finally {
            try {
                queues.close(confirmed);
            } finally {
                transport.close();
            }
        }
    }

    /** {@return kind and place, as in {@code net at pci 00:01.0}} */
    @Override
    public String toString() {
        return type() + " at " + transport.name();
    }

    private synchronized void begin() {
        phase = Phase.FAILED; // until the sequence has come through
        accepted = FeatureSet.EMPTY;
        health.reset(RESET_TIMEOUT);
        health.addStatus(DeviceStatus.ACKNOWLEDGE);
        health.addStatus(DeviceStatus.DRIVER);
        offered = transport.readOfferedFeatures();
        phase = Phase.OPENED;
    }

    private void fail(VirtioException cause) {
        phase = Phase.FAILED;
        if (!(cause instanceof DeviceLostException)) {
            try {
                health.addStatus(DeviceStatus.FAILED);
            } catch (VirtioException e) {
                cause.addSuppressed(e);
            }
        }
    }

    private void require(Phase wanted, String action) {
        if (phase != wanted) {
            throw outOfOrder(action);
        }
    }

    private void requireAccepted(Feature feature, String action, String instead) {
        if (!accepted.contains(feature)) {
            throw new IllegalStateException(
                    "cannot %s: %s was not accepted by %s%s"
                            .formatted(action, feature.name(), this, instead));
        }
    }

    private synchronized void checkConfigWritable() {
        if (phase != Phase.NEGOTIATED && phase != Phase.RUNNING) {
            throw outOfOrder("write the configuration");
        }
    }

    private IllegalStateException outOfOrder(String action) {
        String order =
                List.of(Phase.OPENED, Phase.NEGOTIATED, Phase.RUNNING).stream()
                        .map(Phase::name)
                        .collect(Collectors.joining(" -> "));
        return new IllegalStateException(
                "cannot %s: %s is %s (the order is %s, virtio 1.4, 3.1.1)"
                        .formatted(action, this, phase, order));
    }
}
