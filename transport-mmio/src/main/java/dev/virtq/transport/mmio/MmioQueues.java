package dev.virtq.transport.mmio;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.Doorbell;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.device.TransferTimeoutException;
import dev.virtq.transport.Lease;
import dev.virtq.transport.QueueSizes;
import dev.virtq.transport.mmio.layout.MmioRegisters;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntUnaryOperator;

/**
 * Sets queues up and resets them (virtio 1.4, sections 4.2.3.2 and 4.2.2). Called under the
 * transport's lock, since all queues share one set of registers.
 */
final class MmioQueues {
    /** No register counts the queues; this is more than any device is known to have. */
    private static final int MOST_QUEUES = 1024;

    private static final long PAUSE_NANOS = 20_000;

    private final MmioRegisters registers;
    private final IntUnaryOperator presence;
    private final Duration resetTimeout;
    private final BitSet enabled = new BitSet();
    private FeatureSet accepted = FeatureSet.EMPTY;

    /**
     * @param presence looks closer when a register reads as if nobody had answered
     */
    MmioQueues(MmioRegisters registers, IntUnaryOperator presence, Duration resetTimeout) {
        this.registers = registers;
        this.presence = presence;
        this.resetTimeout = resetTimeout;
    }

    void featuresAccepted(FeatureSet features) {
        accepted = features;
    }

    void deviceReset() {
        accepted = FeatureSet.EMPTY;
        enabled.clear();
    }

    boolean isResettable() {
        return accepted.contains(CommonFeature.RING_RESET);
    }

    /** {@return how many queues there are in a row from the first on} */
    int count() {
        for (int queue = 0; queue < MOST_QUEUES; queue++) {
            registers.selectQueue(queue);
            if (sizeMax() == 0) {
                return queue;
            }
        }
        return MOST_QUEUES;
    }

    /** {@return the largest size that the device allows; 0 when there is no such queue} */
    int maxSize(int queue) {
        if (queue < 0) {
            throw new IllegalArgumentException("queue " + queue + " (expected: 0 or more)");
        }
        registers.selectQueue(queue);
        return QueueSizes.checkOffered(queue, sizeMax(), isPacked(), "QueueSizeMax", "2.7");
    }

    private int sizeMax() {
        return presence.applyAsInt(registers.readQueueSizeMax());
    }

    /** Tells the device where the queue is, and waits for it to take it. */
    void enable(int queue, QueueSetup setup) {
        int max = maxSize(queue);
        QueueSizes.checkRequested(queue, setup.size(), max, isPacked()); // 4.2.2.2#9
        if (enabled.get(queue)) {
            throw new IllegalStateException(
                    "queue %d is enabled already (expected: a queue is set up once between resets)"
                            .formatted(queue));
        }
        int before = registers.readQueueReady();
        if (before != 0) {
            // With it set, none of what follows may be written (4.2.2.2#10).
            throw new DeviceFaultException(
                    "queue " + queue + " is in use before it was set up",
                    "4.2.3.2",
                    "QueueReady reads 0x%x (expected: 0)".formatted(before));
        }
        registers.writeQueueSize(setup.size());
        registers.writeQueueAreas(setup.descriptorArea(), setup.driverArea(), setup.deviceArea());
        enabled.set(queue); // from here on the device may have it, whatever it reads back
        registers.writeQueueReady(1);
        int ready = registers.readQueueReady();
        if (ready != 1) {
            stop(queue);
            throw new DeviceFaultException(
                    "queue " + queue + " does not become ready",
                    "4.2.3.2",
                    "QueueReady reads 0x%x (expected: 1, as written)".formatted(ready));
        }
    }

    private void stop(int queue) {
        registers.writeQueueReady(0);
        if (registers.readQueueReady() == 0) { // 4.2.2.2#11
            enabled.clear(queue);
        }
    }

    Doorbell doorbell(int queue, Lease lease) {
        if (accepted.contains(CommonFeature.NOTIFICATION_DATA)) {
            return next -> {
                lease.check();
                registers.postNotification(next << 16 | queue);
            };
        }
        return _ -> {
            lease.check();
            registers.postNotification(queue);
        };
    }

    void reset(int queue) {
        if (!isResettable()) {
            throw new UnsupportedOperationException(
                    "queue %d cannot be reset alone: RING_RESET was not accepted".formatted(queue));
        }
        if (queue < 0 || !enabled.get(queue)) {
            throw new IllegalStateException(
                    "queue %d is not enabled (expected: one of %s)".formatted(queue, enabled));
        }
        registers.selectQueue(queue);
        registers.resetQueue();
        awaitReset(queue);
        enabled.clear(queue);
    }

    /**
     * Not complete until both registers read 0 (4.2.2.1#12). A device that offers the feature and
     * does nothing leaves QueueReady at 1: what it has of the queue stays its own.
     */
    private void awaitReset(int queue) {
        long start = System.nanoTime();
        while (true) {
            int reset = registers.readQueueReset();
            int ready = registers.readQueueReady();
            if (reset == 0 && ready == 0) {
                return;
            }
            if (System.nanoTime() - start > resetTimeout.toNanos()) {
                throw new TransferTimeoutException(
                        "the device has not reset queue %d within %d ms: QueueReset reads %d and QueueReady %d (expected: 0 and 0)"
                                .formatted(queue, resetTimeout.toMillis(), reset, ready));
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private boolean isPacked() {
        return accepted.contains(CommonFeature.RING_PACKED);
    }
}
