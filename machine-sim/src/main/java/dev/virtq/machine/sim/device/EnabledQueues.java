package dev.virtq.machine.sim.device;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueConnection;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DriverFaultException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The queues of a device: which of them the driver has enabled, with what, and what it may send as
 * a notification of each (virtio 1.4, sections 2.6 and 2.9).
 *
 * <p>Threads: queues are enabled and disabled under the device's lock; the rest is for any thread.
 */
final class EnabledQueues implements DeviceBehaviour.Queues {
    private final RingFormats formats;
    private final DmaMemory memory;
    private final int maxSize;
    private final Conduct conduct;
    private final DeviceBehaviour behaviour;
    private final AtomicReferenceArray<@Nullable QueueEnd> ends;
    private final AtomicReferenceArray<@Nullable NotificationData> notifications;

    EnabledQueues(
            DeviceBehaviour behaviour,
            RingFormats formats,
            DmaMemory memory,
            int maxSize,
            Conduct conduct) {
        this.formats = formats;
        this.memory = memory;
        this.maxSize = maxSize;
        this.conduct = conduct;
        this.behaviour = behaviour;
        ends = new AtomicReferenceArray<>(behaviour.queueCount());
        notifications = new AtomicReferenceArray<>(behaviour.queueCount());
    }

    int count() {
        return ends.length();
    }

    boolean exists(int queue) {
        return queue >= 0 && queue < ends.length();
    }

    void checkExists(int queue) {
        if (!exists(queue)) {
            throw new IllegalArgumentException(
                    "queue %d does not exist: the device has %d (expected: 0..%d)"
                            .formatted(queue, ends.length(), ends.length() - 1));
        }
    }

    @Override
    public @Nullable QueueEnd at(int queue) {
        return ends.get(queue);
    }

    boolean isEnabled(int queue) {
        return ends.get(queue) != null;
    }

    /**
     * Enables a queue.
     *
     * @param rung is given each available buffer notification, as it was sent
     * @param witness is told of what the device does with it
     */
    QueueConnection enable(
            int queue,
            QueueSetup setup,
            FeatureSet accepted,
            IntConsumer rung,
            ChainWitness witness) {
        if (isEnabled(queue)) {
            throw new DriverFaultException(
                    "queue %d is enabled already".formatted(queue), "2.6.1.2");
        }
        if (setup.size() > maxSize) {
            throw new DriverFaultException(
                    "queue %d has %d entries (expected: at most %d)"
                            .formatted(queue, setup.size(), maxSize),
                    "2.6");
        }
        NotificationData notification =
                new NotificationData(
                        NotificationData.name(queue, accepted), setup, accepted, memory);
        notifications.set(queue, notification);
        Signal signal = new Signal();
        QueueEnd end =
                new QueueEnd(
                        formats.deviceEnd(queue, setup, accepted, memory, conduct, witness),
                        signal,
                        behaviour.batch(),
                        accepted.contains(CommonFeature.IN_ORDER));
        ends.set(queue, end);
        return new QueueConnection(
                next -> rung.accept(notification.encode(next)), conduct.heard(signal));
    }

    void disable(int queue) {
        ends.set(queue, null);
    }

    /**
     * Takes a queue away from the device.
     *
     * @return where a device would go on; 0 when it was not enabled
     */
    int stop(int queue) {
        QueueEnd end = ends.getAndSet(queue, null);
        return end == null ? 0 : end.end();
    }

    /**
     * Has the device leave a queue alone, or go on with it. One that is not there means nothing.
     */
    void pause(int queue, boolean wanted) {
        QueueEnd end = exists(queue) ? ends.get(queue) : null;
        if (end != null) {
            end.pause(wanted);
        }
    }

    /**
     * {@return the queue that a notification is for, after it was checked}
     *
     * @param sent what the driver sent
     */
    int addressee(int sent, FeatureSet accepted, boolean suspended) {
        int queue = NotificationData.queue(sent, accepted, ends.length());
        NotificationData expected = notifications.get(queue);
        if (expected != null && isEnabled(queue)) {
            if (suspended) {
                throw new DriverFaultException(
                        "queue %d was notified while the device is suspended".formatted(queue),
                        "3.4.1#4");
            }
            expected.check(sent);
        }
        return queue;
    }

    /** Has a queue looked at from now on. {@return whether it is there, and enabled} */
    boolean kick(int queue) {
        QueueEnd end = exists(queue) ? ends.get(queue) : null;
        if (end == null) {
            return false;
        }
        end.kick();
        return true;
    }

    /** Does something to each queue that is enabled. */
    void each(Consumer<QueueEnd> action) {
        for (int i = 0; i < ends.length(); i++) {
            QueueEnd end = ends.get(i);
            if (end != null) {
                action.accept(end);
            }
        }
    }
}
