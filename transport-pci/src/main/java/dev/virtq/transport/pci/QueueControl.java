package dev.virtq.transport.pci;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.Doorbell;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.Interrupt;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.TransferTimeoutException;
import dev.virtq.transport.Lease;
import dev.virtq.transport.QueueSizes;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.layout.CommonConfig;
import dev.virtq.transport.pci.layout.NotifyStructure;
import dev.virtq.transport.pci.signal.Notifications;
import java.time.Duration;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * Sets queues up and resets them (virtio 1.4, sections 4.1.5.1.3 and 4.1.4.3). Called under the
 * transport's lock, since all queues share one set of registers.
 */
final class QueueControl {
    private static final long PAUSE_NANOS = 20_000;

    private final CommonConfig common;
    private final NotifyStructure notifyStructure;
    private final Notifications notifications;
    private final Duration resetTimeout;

    private FeatureSet accepted = FeatureSet.EMPTY;
    private final BitSet enabled = new BitSet();

    // The size register holds the maximum only until a smaller size is written to it.
    private final Map<Integer, Integer> maxSizes = new HashMap<>();

    QueueControl(
            CommonConfig common,
            NotifyStructure notifyStructure,
            Notifications notifications,
            Duration resetTimeout) {
        this.common = common;
        this.notifyStructure = notifyStructure;
        this.notifications = notifications;
        this.resetTimeout = resetTimeout;
    }

    void featuresAccepted(FeatureSet features) {
        accepted = features;
        if (enabled.isEmpty()) {
            maxSizes.clear(); // what sizes are allowed depends on RING_PACKED
        }
    }

    FeatureSet accepted() {
        return accepted;
    }

    void deviceReset() {
        accepted = FeatureSet.EMPTY;
        enabled.clear();
        maxSizes.clear();
    }

    /** {@return the largest size that the device allows; 0 when there is no such queue} */
    int maxSize(int queue) {
        if (queue < 0) {
            throw new IllegalArgumentException("queue " + queue + " (expected: 0 or more)");
        }
        Integer known = maxSizes.get(queue);
        if (known != null) {
            return known;
        }
        int count = common.readQueueCount();
        if (queue >= count) {
            return 0;
        }
        common.selectQueue(queue);
        int size =
                QueueSizes.checkOffered(
                        queue, common.readQueueSize(), isPacked(), "queue_size", "4.1.4.3.1#15");
        maxSizes.put(queue, size);
        return size;
    }

    QueueConnection enable(int queue, QueueSetup setup, Lease lease) {
        int max = maxSize(queue);
        QueueSizes.checkRequested(queue, setup.size(), max, isPacked()); // 4.1.4.3.2#3
        if (enabled.get(queue)) {
            throw new IllegalStateException(
                    "queue %d is enabled already (expected: a reset before it is set up again)"
                            .formatted(queue));
        }
        common.selectQueue(queue);
        int enable = common.readQueueEnable();
        if (enable != 0) {
            throw new DeviceFaultException(
                    "queue " + queue + " is enabled before anybody enabled it",
                    "4.1.4.3.1#8",
                    "queue_enable reads %d (expected: 0)".formatted(enable));
        }
        Doorbell doorbell = doorbell(queue, lease);
        setSize(queue, setup.size());
        common.writeQueueAreas(setup.descriptorArea(), setup.driverArea(), setup.deviceArea());
        Interrupt interrupt = notifications.connectQueue(queue);
        enabled.set(queue); // from here on the device may have it, whatever it reads back
        common.enableQueue(); // after everything else (4.1.4.3.2#4)
        checkEnabled(queue);
        return new QueueConnection(doorbell, interrupt);
    }

    void reset(int queue) {
        if (!accepted.contains(CommonFeature.RING_RESET)) {
            throw new UnsupportedOperationException(
                    "queue %d cannot be reset alone: RING_RESET was not accepted".formatted(queue));
        }
        if (queue < 0 || !enabled.get(queue)) {
            throw new IllegalStateException(
                    "queue %d is not enabled (expected: one of %s)".formatted(queue, enabled));
        }
        common.selectQueue(queue);
        common.resetQueue();
        awaitReset(queue);
        int enable = common.readQueueEnable();
        if (enable != 0) {
            throw new DeviceFaultException(
                    "queue " + queue + " is still enabled after its reset",
                    "4.1.4.3.1#13",
                    "queue_enable reads %d (expected: 0)".formatted(enable));
        }
        enabled.clear(queue);
    }

    /** Not complete until 0 has been read back (4.1.4.3.2#7). */
    private void awaitReset(int queue) {
        long start = System.nanoTime();
        int value = common.readQueueReset();
        while (value != 0) {
            if (value != 1) {
                throw new DeviceFaultException(
                        "the reset of queue " + queue + " reads as neither going on nor done",
                        "4.1.4.3.1#12",
                        "queue_reset reads %d (expected: 1 or 0)".formatted(value));
            }
            if (System.nanoTime() - start > resetTimeout.toNanos()) {
                throw new TransferTimeoutException(
                        "the device has not confirmed the reset of queue %d within %d ms"
                                .formatted(queue, resetTimeout.toMillis()));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
            value = common.readQueueReset();
        }
    }

    private Doorbell doorbell(int queue, Lease lease) {
        boolean wide = accepted.contains(CommonFeature.NOTIFICATION_DATA);
        int notifyOff = common.readQueueNotifyOff();
        long offset = notifyStructure.offset(queue, notifyOff, wide ? 4 : 2);
        int name =
                accepted.contains(CommonFeature.NOTIF_CONFIG_DATA)
                        ? common.readQueueNotifConfigData()
                        : queue;
        RegisterWindow window = notifyStructure.window();
        if (wide) {
            return next -> {
                lease.check();
                window.postInt(offset, next << 16 | name);
            };
        }
        return next -> {
            lease.check();
            window.postShort(offset, (short) name);
        };
    }

    /** A device that keeps another size would find ring and addresses elsewhere than they are. */
    private void setSize(int queue, int size) {
        common.writeQueueSize(size);
        int answer = common.readQueueSize();
        if (answer != size) {
            throw new DeviceFaultException(
                    "queue %d does not take a smaller size".formatted(queue),
                    "4.1.5.1.3",
                    "queue_size reads %d (expected: %d, as written)".formatted(answer, size));
        }
    }

    /** Between 0 and 1 the standard knows no delay, as it does for a queue's reset. */
    private void checkEnabled(int queue) {
        int enable = common.readQueueEnable();
        if (enable != 1) {
            throw new DeviceFaultException(
                    "queue " + queue + " does not become enabled",
                    "4.1.4.3",
                    "queue_enable reads %d (expected: 1, as written)".formatted(enable));
        }
    }

    private boolean isPacked() {
        return accepted.contains(CommonFeature.RING_PACKED);
    }
}
