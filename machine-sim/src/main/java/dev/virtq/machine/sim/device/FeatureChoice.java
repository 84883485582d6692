package dev.virtq.machine.sim.device;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;

/**
 * Which features a simulated device offers.
 *
 * @param withheld what it implements and does not offer
 * @param pretended what it offers and does not implement
 */
public record FeatureChoice(FeatureSet withheld, FeatureSet pretended) {
    /** What it implements, and offers. */
    public static final FeatureChoice HONEST =
            new FeatureChoice(FeatureSet.EMPTY, FeatureSet.EMPTY);

    /** What every simulated device implements, whatever its type and the format of its rings. */
    static final FeatureSet COMMON =
            FeatureSet.of(CommonFeature.VERSION_1, CommonFeature.RING_RESET);

    FeatureSet offered(FeatureSet implemented) {
        return implemented.minus(withheld).union(pretended);
    }
}
