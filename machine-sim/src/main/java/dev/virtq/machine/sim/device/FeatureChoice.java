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

    /**
     * What this way of reaching a device serves.
     *
     * <p>Two of them are promises on the platform, and they hold here. ORDER_PLATFORM: the device
     * is a thread on the driver's own processors, so what orders memory between processors orders
     * it for the device. ACCESS_PLATFORM: the device reaches the machine's {@link
     * dev.virtq.memory.DmaMemory} and nothing else, at the addresses that it gives, which are not
     * those of the process; whatever else a driver names is a fault.
     */
    static final FeatureSet SERVED =
            FeatureSet.of(
                    CommonFeature.ACCESS_PLATFORM,
                    CommonFeature.ORDER_PLATFORM,
                    CommonFeature.NOTIFICATION_DATA,
                    CommonFeature.NOTIF_CONFIG_DATA,
                    CommonFeature.RING_RESET,
                    CommonFeature.SUSPEND);

    /** What every simulated device implements, whatever its type and the format of its rings. */
    static final FeatureSet COMMON = SERVED.with(CommonFeature.VERSION_1);

    FeatureSet offered(FeatureSet implemented) {
        return implemented.minus(withheld).union(pretended);
    }
}
