package dev.virtq.fuzz.ring;

import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;

/** A format whose pictures throw where something is wrong, instead of saying so. */
public record PlantedPicture(RingFormat format, String anomaly) implements RingFormat {
    /** {@return a format whose pictures throw at an anomaly} */
    public static RingFormat thatThrows(RingFormat format, String anomaly) {
        return new PlantedPicture(format, anomaly);
    }

    @Override
    public QueueSnapshot snapshot(
            int queue, QueueSetup setup, FeatureSet accepted, DmaMemory memory) {
        QueueSnapshot picture = format.snapshot(queue, setup, accepted, memory);
        if (picture.anomalies().stream().anyMatch(it -> it.contains(anomaly))) {
            throw new IndexOutOfBoundsException(anomaly);
        }
        return picture;
    }

    @Override
    public String name() {
        return format.name();
    }

    @Override
    public boolean isChosenBy(FeatureSet accepted) {
        return format.isChosenBy(accepted);
    }

    @Override
    public FeatureSet features() {
        return format.features();
    }

    @Override
    public boolean isValidSize(int size) {
        return format.isValidSize(size);
    }

    @Override
    public DriverRing createDriverEnd(RingRequest request) {
        return format.createDriverEnd(request);
    }

    @Override
    public DeviceRing createDeviceEnd(QueueSetup setup, FeatureSet accepted, DmaMemory memory) {
        return format.createDeviceEnd(setup, accepted, memory);
    }
}
