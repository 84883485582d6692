package dev.virtq.machine.sim.device;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;

/**
 * The features of a device, and which of them a driver may accept together (virtio 1.4, section
 * 2.2).
 *
 * @param offered those that it shows
 * @param implemented those that it has, shown or not
 * @param formats the formats of rings that it has
 * @param maxQueueSize the most entries of its queues
 */
record OfferedFeatures(
        FeatureSet offered, FeatureSet implemented, RingFormats formats, int maxQueueSize) {
    static OfferedFeatures of(
            DeviceBehaviour behaviour,
            RingFormats formats,
            FeatureChoice choice,
            int maxQueueSize) {
        FeatureSet implemented =
                behaviour
                        .features()
                        .union(formats.features())
                        .union(FeatureChoice.COMMON)
                        .minus(behaviour.unfit());
        return new OfferedFeatures(choice.offered(implemented), implemented, formats, maxQueueSize);
    }

    boolean allow(FeatureSet accepted) {
        return offered.containsAll(accepted)
                && implemented.containsAll(accepted)
                && accepted.contains(CommonFeature.VERSION_1)
                && formats.have(accepted, maxQueueSize);
    }
}
