package dev.virtq.device;

import dev.virtq.queue.DeviceHealth;
import dev.virtq.queue.QueueControl;
import dev.virtq.queue.QueueOptions;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import java.util.Optional;

/** How one queue is set up: ask for its size, make a ring, tell the device, enable it. */
final class QueueSetupSequence {
    private final Transport transport;
    private final FeatureNegotiation negotiation;
    private final FeatureSet accepted;
    private final Health health;

    QueueSetupSequence(
            Transport transport,
            FeatureNegotiation negotiation,
            FeatureSet accepted,
            Health health) {
        this.transport = transport;
        this.negotiation = negotiation;
        this.accepted = accepted;
        this.health = health;
    }

    QueueControl create(int index, QueueOptions options, DeviceHealth own) {
        RingFormat format = negotiation.formatFor(accepted);
        int size = size(index, options.size(), format);
        DriverRing ring =
                format.createDriverEnd(
                        new RingRequest(
                                index, size, accepted, transport.memory(), options.indirect()));
        try {
            QueueConnection connection = enable(index, ring.setup());
            return new QueueControl(
                    index, ring, connection, own, options, Optional.of(transport.memory()));
        } catch (RuntimeException e) {
            ring.quarantine(); // the device may know its address already
            throw e;
        }
    }

    /**
     * After a reset, or with another device: the same ring, told to the device once more.
     *
     * @param state where the device goes on; empty for a ring that starts afresh
     */
    void resume(int index, QueueControl queue, Optional<Integer> state) {
        QueueSetup setup = queue.ring().setup();
        int max = transport.maxQueueSize(index);
        if (setup.size() > max || !queue.ring().fits(accepted)) {
            throw new DeviceFaultException(
                    "after the reset the device no longer takes queue %d as it was"
                            .formatted(index),
                    "2.2.2#4",
                    "size %d of at most %d, features %s".formatted(setup.size(), max, accepted));
        }
        queue.reconnect(enable(index, state.map(setup::startingAt).orElse(setup)));
    }

    private QueueConnection enable(int index, QueueSetup setup) {
        QueueConnection connection = transport.enableQueue(index, setup);
        return new QueueConnection(
                health.enabled(index, connection.doorbell()), connection.interrupt());
    }

    private int size(int index, int wanted, RingFormat format) {
        int count = transport.queueCount();
        if (index < 0 || index >= count) {
            throw new IllegalArgumentException(
                    "queue %d does not exist: the device has %d (expected: 0..%d)"
                            .formatted(index, count, count - 1));
        }
        int max = transport.maxQueueSize(index);
        if (max == 0) {
            throw new IllegalArgumentException(
                    "queue %d does not exist: the device gives it no size".formatted(index));
        }
        if (max < 0 || max > 32768) {
            throw new DeviceFaultException(
                    "queue %d has size %d".formatted(index, max), "2.6", "expected: 1..32768");
        }
        if (!format.isValidSize(max)) {
            throw new DeviceFaultException(
                    "queue %d has a size that the %s ring does not allow"
                            .formatted(index, format.name()),
                    "2.7",
                    "size " + max);
        }
        int size = Math.min(max, wanted == 0 ? QueueOptions.DEFAULT_SIZE : wanted);
        if (!format.isValidSize(size)) {
            throw new IllegalArgumentException(
                    "queue size %d is not one that the %s ring allows (expected: %s, at most %d)"
                            .formatted(
                                    size,
                                    format.name(),
                                    format.isValidSize(3) ? "1..32768" : "a power of two",
                                    max));
        }
        return size;
    }
}
