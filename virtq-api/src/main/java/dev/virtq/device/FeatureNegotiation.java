package dev.virtq.device;

import dev.virtq.queue.ring.RingFormat;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.ServiceLoader;

/**
 * Which features to accept (virtio 1.4, sections 2.2 and 6): what is offered, and that somebody
 * here serves: the driver, a ring format that is installed, or the transport.
 */
final class FeatureNegotiation {
    private final List<RingFormat> formats;

    FeatureNegotiation(List<RingFormat> formats) {
        this.formats = List.copyOf(formats);
    }

    static FeatureNegotiation withInstalledFormats() {
        List<RingFormat> formats = new ArrayList<>();
        ServiceLoader.load(RingFormat.class, RingFormat.class.getClassLoader())
                .forEach(formats::add);
        return new FeatureNegotiation(formats);
    }

    /** The bits that the standard leaves to device types: 0 to 23 and 50 to 127 (section 2.2). */
    private static FeatureSet ofDeviceType(Collection<? extends Feature> wanted) {
        return FeatureSet.of(
                wanted.stream()
                        .filter(feature -> feature.bit() < 24 || feature.bit() > 49)
                        .toList());
    }

    FeatureSet choose(
            FeatureSet offered, Collection<? extends Feature> wanted, FeatureSet transportServes) {
        if (!offered.contains(CommonFeature.VERSION_1)) {
            throw new DeviceFaultException(
                    "the device does not offer VERSION_1: it is a legacy device, which virtq does not drive",
                    "6.2#1",
                    "offered " + offered);
        }
        FeatureSet served = FeatureSet.of(CommonFeature.VERSION_1).union(transportServes);
        served = served.union(ofDeviceType(wanted)).union(decidedByRings());
        FeatureSet accepted = offered.intersection(served);
        accepted = onlyWhatTheFormatServes(accepted, wanted, transportServes);
        return withoutUnmetRequirements(accepted, wanted);
    }

    /** {@return the features that the installed formats serve, all together} */
    FeatureSet decidedByRings() {
        FeatureSet all = FeatureSet.EMPTY;
        for (RingFormat format : formats) {
            all = all.union(format.features());
        }
        return all;
    }

    /** {@return the format that a device with these accepted features uses} */
    RingFormat formatFor(FeatureSet accepted) {
        return formats.stream()
                .filter(format -> format.isChosenBy(accepted))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException(
                                "no installed ring format serves the features %s; add %s to the program's modules"
                                        .formatted(
                                                accepted,
                                                accepted.contains(CommonFeature.RING_PACKED)
                                                        ? "virtq-packed"
                                                        : "virtq-split")));
    }

    /**
     * One format may serve what the chosen one does not: both must agree on the ring's features.
     */
    private FeatureSet onlyWhatTheFormatServes(
            FeatureSet accepted, Collection<? extends Feature> wanted, FeatureSet transportServes) {
        FeatureSet others =
                FeatureSet.of(CommonFeature.VERSION_1)
                        .union(transportServes)
                        .union(ofDeviceType(wanted));
        return accepted.intersection(others.union(formatFor(accepted).features()));
    }

    /** Takes out what requires something that was not accepted, until nothing more falls. */
    private static FeatureSet withoutUnmetRequirements(
            FeatureSet accepted, Collection<? extends Feature> wanted) {
        FeatureSet remaining = accepted;
        boolean changed = true;
        while (changed) {
            changed = false;
            for (Feature feature : wanted) {
                if (remaining.contains(feature)
                        && !remaining.unmetRequirements(List.of(feature)).isEmpty()) {
                    remaining = remaining.without(feature);
                    changed = true;
                }
            }
        }
        return remaining;
    }
}
