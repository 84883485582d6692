package dev.virtq.machine.sim.device;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceLostException;
import dev.virtq.device.DeviceStatus;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DriverFaultException;
import org.jspecify.annotations.Nullable;

/**
 * The device's side of status, features and queues, the same for every type of device (virtio 1.4,
 * sections 2.1, 2.2, 2.6 and 3.1). A driver that breaks a rule gets DEVICE_NEEDS_RESET.
 *
 * <p>One lock keeps the driver's register accesses and the device's work apart. So a reset is
 * complete when the write that asks for it returns, and nothing is used after it; the same holds
 * for the reset of a queue and for a suspension.
 *
 * <p>Threads: any.
 */
final class DeviceEnd {
    private final DeviceBehaviour behaviour;
    private final OfferedFeatures features;
    private final Conduct conduct;
    private final EnabledQueues queues;
    private final Signal configSignal = new Signal();
    private final Suspension suspension = new Suspension();

    private volatile FeatureSet accepted = FeatureSet.EMPTY;
    private int status;
    private volatile Runnable wake = () -> {};
    private volatile @Nullable DeviceLostException lost;
    private volatile @Nullable DriverFaultException lastFault;

    DeviceEnd(
            DeviceBehaviour behaviour,
            RingFormats formats,
            DmaMemory memory,
            FeatureChoice choice,
            int maxQueueSize,
            Conduct conduct) {
        this.behaviour = behaviour;
        features = OfferedFeatures.of(behaviour, formats, choice, maxQueueSize);
        this.conduct = conduct;
        queues = new EnabledQueues(behaviour, formats, memory, maxQueueSize, conduct);
    }

    DeviceBehaviour behaviour() {
        return behaviour;
    }

    Conduct conduct() {
        return conduct;
    }

    FeatureSet offered() {
        return features.offered();
    }

    int maxQueueSize(int queue) {
        return queues.exists(queue) ? features.maxQueueSize() : 0;
    }

    Signal configSignal() {
        return configSignal;
    }

    @Nullable DeviceLostException lost() {
        return lost;
    }

    /** {@return what the driver did wrong last; {@code null} when it never did} */
    @Nullable DriverFaultException lastFault() {
        return lastFault;
    }

    /** Says who wakes the device up when it was notified. */
    void onNotification(Runnable waker) {
        wake = waker;
    }

    synchronized int readStatus() {
        return status;
    }

    synchronized void writeStatus(int written) {
        if (written == 0) {
            reset();
            return;
        }
        int needsReset = DeviceStatus.DEVICE_NEEDS_RESET.mask();
        int cleared = status & ~written & ~needsReset;
        int added = written & ~status & ~needsReset;
        if (cleared != 0) {
            fault(
                    new DriverFaultException(
                            "the driver cleared the status bits " + DeviceStatus.describe(cleared),
                            "2.1.1#2"));
        }
        if (DeviceStatus.SUSPEND.in(added)) {
            added &= ~DeviceStatus.SUSPEND.mask(); // ignored when it is not the time (3.4.2#1)
            if (isLive() && accepted.contains(CommonFeature.SUSPEND)) {
                suspend();
            }
        }
        if (suspension.isOn() && DeviceStatus.DRIVER_OK.in(added)) {
            added &= ~DeviceStatus.DRIVER_OK.mask();
            resume();
        }
        if (DeviceStatus.FEATURES_OK.in(added) && !features.allow(accepted)) {
            added &= ~DeviceStatus.FEATURES_OK.mask();
        }
        if (DeviceStatus.DRIVER_OK.in(added) && !DeviceStatus.FEATURES_OK.in(status | added)) {
            added &= ~DeviceStatus.DRIVER_OK.mask();
            fault(new DriverFaultException("DRIVER_OK without FEATURES_OK", "3.1.1#1"));
        }
        status |= added;
        if (DeviceStatus.DRIVER_OK.in(added)) {
            behaviour.begin(accepted);
            lookAtAll(); // buffers may have been there before
        }
    }

    synchronized void accept(FeatureSet written) {
        if (DeviceStatus.FEATURES_OK.in(status)) {
            fault(new DriverFaultException("features were written after FEATURES_OK", "3.1.1#8"));
        } else {
            accepted = written;
        }
    }

    QueueConnection enable(int queue, QueueSetup setup) {
        return enable(queue, setup, ChainWitness.NONE);
    }

    /** Enables a queue, of which the witness is told everything. */
    synchronized QueueConnection enable(int queue, QueueSetup setup, ChainWitness witness) {
        queues.checkExists(queue);
        try {
            if (!DeviceStatus.FEATURES_OK.in(status)) {
                throw new DriverFaultException(
                        "queue %d was enabled before FEATURES_OK".formatted(queue), "3.1.1#1");
            }
            QueueConnection connection = queues.enable(queue, setup, accepted, this::rung, witness);
            if (isLive()) {
                notified(queue);
            }
            return connection;
        } catch (DriverFaultException e) {
            fault(e);
            throw e;
        }
    }

    /** Section 2.6.1: the queue is as it was before it was enabled. */
    synchronized void resetQueue(int queue) {
        queues.checkExists(queue);
        if (!accepted.contains(CommonFeature.RING_RESET)) {
            throw new UnsupportedOperationException(
                    "queue %d cannot be reset alone: RING_RESET was not accepted".formatted(queue));
        }
        if (conduct.mischief().confirmsQueueReset(queue)) {
            queues.disable(queue);
        }
    }

    /**
     * Takes a queue away from the device.
     *
     * @return where a device would go on; 0 when the queue was not enabled
     */
    synchronized int stop(int queue) {
        queues.checkExists(queue);
        return queues.stop(queue);
    }

    /** Has the device leave an enabled queue alone, or go on with it. */
    synchronized void pause(int queue, boolean wanted) {
        queues.pause(queue, wanted);
    }

    /** {@return whether a reset of the queue is complete: it is not enabled} */
    boolean isQueueReset(int queue) {
        return !queues.isEnabled(queue);
    }

    /** An available buffer notification, as it was sent. */
    private void rung(int sent) {
        try {
            notified(queues.addressee(sent, accepted, suspension.isOn()));
        } catch (DriverFaultException e) {
            fault(e);
        }
    }

    /** Looks at a queue from now on. One that is not there means nothing. */
    void notified(int queue) {
        DeviceLostException gone = lost;
        if (gone != null) {
            throw gone.again();
        }
        if (queues.kick(queue)) {
            wake.run();
        }
    }

    /** Something came for the device from its other side. */
    void attention() {
        wake.run();
    }

    /** {@return whether there was something to do, which is done} */
    synchronized boolean step() {
        if (!isLive()) {
            return false;
        }
        try {
            return behaviour.step(queues);
        } catch (DriverFaultException e) {
            fault(e);
            return false;
        }
    }

    /** Changes the configuration and announces it; while the device is suspended, afterwards. */
    synchronized void changeConfig(Runnable change) {
        if (!suspension.defers(change)) {
            change.run();
            configChanged();
        }
    }

    /** Announces that the configuration has changed. */
    synchronized void configChanged() {
        if (DeviceStatus.DRIVER_OK.in(status)) {
            configSignal.raise();
        }
    }

    /** The driver broke a rule: only a reset leads on (2.1.2). */
    synchronized void fault(DriverFaultException found) {
        lastFault = found;
        status |= DeviceStatus.DEVICE_NEEDS_RESET.mask();
        configChanged();
    }

    /** The device is gone. Without the lock, so that it can be said while the device is stuck. */
    void lose(DeviceLostException why) {
        lost = why;
        configSignal.end(why);
        queues.each(queue -> queue.signal().end(why));
    }

    /** Waits until no work is under way; after {@link #lose}, none begins any more. */
    synchronized void awaitQuiet() {}

    /**
     * Section 3.4.2: under the lock nothing is being worked at; the driver is told of what was
     * used.
     */
    private void suspend() {
        queues.each(QueueEnd::tell);
        suspension.begin();
        status = (status | DeviceStatus.SUSPEND.mask()) & ~DeviceStatus.DRIVER_OK.mask();
    }

    private void resume() {
        status = (status | DeviceStatus.DRIVER_OK.mask()) & ~DeviceStatus.SUSPEND.mask();
        if (suspension.end()) {
            configChanged();
        }
        lookAtAll(); // what it had not looked at yet
    }

    private void lookAtAll() {
        for (int i = 0; i < queues.count(); i++) {
            notified(i);
        }
    }

    private boolean isLive() {
        return lost == null
                && DeviceStatus.DRIVER_OK.in(status)
                && !DeviceStatus.DEVICE_NEEDS_RESET.in(status)
                && !DeviceStatus.FAILED.in(status);
    }

    private void reset() {
        for (int i = 0; i < queues.count(); i++) {
            queues.disable(i);
        }
        status = 0;
        suspension.end();
        accepted = FeatureSet.EMPTY;
        configSignal.poll();
        behaviour.reset();
    }
}
