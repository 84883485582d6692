package dev.virtq.split;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;

/**
 * The split ring as programs find it: by {@link java.util.ServiceLoader}, once this module is
 * there.
 *
 * <p>The {@linkplain QueueSetup#startState start state} of its queues is what vhost calls the base
 * of a split ring: the index at which the device goes on in the available ring, and in the used
 * ring. A driver end always gives that of a fresh ring, 0; a device end starts where it says.
 *
 * <pre>{@code
 * RingFormat format = new SplitFormat();
 * DriverRing driver = format.createDriverEnd(
 *         new RingRequest(0, 256, FeatureSet.EMPTY, memory, IndirectUse.NEVER));
 * DeviceRing device = format.createDeviceEnd(driver.setup(), FeatureSet.EMPTY, memory);
 * }</pre>
 */
public final class SplitFormat implements RingFormat {
    private static final FeatureSet FEATURES =
            FeatureSet.of(
                    CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX, CommonFeature.IN_ORDER);

    /** Makes the format; it has no state. */
    public SplitFormat() {}

    @Override
    public String name() {
        return "split";
    }

    @Override
    public boolean isChosenBy(FeatureSet accepted) {
        return !accepted.contains(CommonFeature.RING_PACKED);
    }

    @Override
    public FeatureSet features() {
        return FEATURES;
    }

    @Override
    public boolean isValidSize(int size) {
        return size >= 1 && size <= SplitLayout.MAX_SIZE && Integer.bitCount(size) == 1;
    }

    @Override
    public DriverRing createDriverEnd(RingRequest request) {
        requireValidSize(request.size());
        return new SplitDriverRing(request);
    }

    @Override
    public DeviceRing createDeviceEnd(QueueSetup setup, FeatureSet accepted, DmaMemory memory) {
        if (!isValidSize(setup.size())) {
            throw new DriverFaultException(sizeMessage(setup.size()), "2.7");
        }
        return new SplitDeviceRing(setup, accepted, memory);
    }

    @Override
    public QueueSnapshot snapshot(
            int queue, QueueSetup setup, FeatureSet accepted, DmaMemory memory) {
        requireValidSize(setup.size());
        return new SplitPicture(queue, setup, accepted, memory).fromMemoryAlone();
    }

    private void requireValidSize(int size) {
        if (!isValidSize(size)) {
            throw new IllegalArgumentException(sizeMessage(size) + " (virtio 1.4, 2.7)");
        }
    }

    private static String sizeMessage(int size) {
        return "split queue size %d, expected a power of two, at most %d"
                .formatted(size, SplitLayout.MAX_SIZE);
    }
}
