package dev.virtq.packed;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;

/**
 * The packed ring as programs find it: by {@link java.util.ServiceLoader}, once this module is
 * there.
 *
 * <p>The {@linkplain QueueSetup#startState start state} of its queues is what vhost calls the base
 * of a packed ring: the next available slot in bits 0 to 14 and the driver's wrap counter in bit
 * 15, the next used slot in bits 16 to 30 and the device's wrap counter in bit 31. A driver end
 * always gives the state of a fresh ring, {@code 0x80008000}; a device end starts where it says.
 *
 * <pre>{@code
 * RingFormat format = new PackedFormat();
 * FeatureSet accepted = FeatureSet.of(CommonFeature.RING_PACKED);
 * DriverRing driver = format.createDriverEnd(
 *         new RingRequest(0, 100, accepted, memory, IndirectUse.NEVER));
 * DeviceRing device = format.createDeviceEnd(driver.setup(), accepted, memory);
 * }</pre>
 */
public final class PackedFormat implements RingFormat {
    private static final FeatureSet FEATURES =
            FeatureSet.of(
                    CommonFeature.RING_PACKED,
                    CommonFeature.INDIRECT_DESC,
                    CommonFeature.EVENT_IDX,
                    CommonFeature.IN_ORDER);

    /** Makes the format; it has no state. */
    public PackedFormat() {}

    @Override
    public String name() {
        return "packed";
    }

    @Override
    public boolean isChosenBy(FeatureSet accepted) {
        return accepted.contains(CommonFeature.RING_PACKED);
    }

    @Override
    public FeatureSet features() {
        return FEATURES;
    }

    @Override
    public boolean isValidSize(int size) {
        return size >= 1 && size <= PackedLayout.MAX_SIZE;
    }

    @Override
    public DriverRing createDriverEnd(RingRequest request) {
        if (!isValidSize(request.size())) {
            throw new IllegalArgumentException(
                    "packed queue size %d, expected 1..%d (virtio 1.4, 2.8)"
                            .formatted(request.size(), PackedLayout.MAX_SIZE));
        }
        return new PackedDriverRing(request);
    }

    @Override
    public DeviceRing createDeviceEnd(QueueSetup setup, FeatureSet accepted, DmaMemory memory) {
        return new PackedDeviceRing(setup, accepted, memory);
    }

    @Override
    public QueueSnapshot snapshot(
            int queue, QueueSetup setup, FeatureSet accepted, DmaMemory memory) {
        return new PackedPicture(queue, setup, accepted, memory).fromMemoryAlone();
    }
}
