package dev.virtq.device;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The features that the rings of a device were made for. A reset leaves the rings as they are, so
 * what is negotiated after it are these again, no more and no less (virtio 1.4, 2.2.2#4: a device
 * takes once more what it took before).
 */
final class RingFeatures {
    /** All that ring formats decide on. */
    private final FeatureSet decidedByRings;

    private FeatureSet made = FeatureSet.EMPTY;
    private boolean anyRing;

    RingFeatures(FeatureSet decidedByRings) {
        this.decidedByRings = decidedByRings;
    }

    /** A ring was made. The first one decides: after it, others are made for the same. */
    void ringMade(FeatureSet accepted) {
        made = accepted.intersection(decidedByRings);
        anyRing = true;
    }

    /** Refuses to go without what the rings need. */
    void checkRefusal(FeatureSet refused) {
        FeatureSet needed = refused.intersection(made);
        if (!needed.isEmpty()) {
            throw new IllegalArgumentException(
                    "%s cannot be refused: the queues were made with it before the reset, and come back with it"
                            .formatted(names(needed)));
        }
    }

    /**
     * {@return the offered features, without those that the rings were not made for}
     *
     * @throws DeviceFaultException when the device does not offer what they were made for
     */
    FeatureSet suitable(FeatureSet offered) {
        if (!anyRing) {
            return offered;
        }
        FeatureSet missing = made.minus(offered);
        if (!missing.isEmpty()) {
            throw new DeviceFaultException(
                    "after the reset the device no longer offers %s, which its queues were made with; close it and open it anew"
                            .formatted(names(missing)),
                    "2.2.2#4",
                    "offered " + offered);
        }
        return offered.minus(decidedByRings.minus(made));
    }

    private static String names(FeatureSet features) {
        return Arrays.stream(CommonFeature.values())
                .filter(features::contains)
                .map(CommonFeature::name)
                .collect(Collectors.joining(" and "));
    }
}
