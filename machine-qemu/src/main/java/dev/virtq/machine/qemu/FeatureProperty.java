package dev.virtq.machine.qemu;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The properties that make a virtio device of QEMU offer a feature, or not. */
enum FeatureProperty {
    INDIRECT_DESC(CommonFeature.INDIRECT_DESC, "indirect_desc", "2.5"),
    EVENT_IDX(CommonFeature.EVENT_IDX, "event_idx", "2.5"),
    ACCESS_PLATFORM(CommonFeature.ACCESS_PLATFORM, "iommu_platform", "2.9"),
    RING_PACKED(CommonFeature.RING_PACKED, "packed", "4.2"),
    RING_RESET(CommonFeature.RING_RESET, "queue_reset", "7.2"),
    IN_ORDER(CommonFeature.IN_ORDER, "in_order", "9.1");

    /** What QEMU says of a property that it does not have. */
    private static final Pattern NOT_FOUND =
            Pattern.compile("Property '[^'.]+\\.(\\w+)' not found");

    private final CommonFeature feature;
    private final String property;
    private final String since;

    FeatureProperty(CommonFeature feature, String property, String since) {
        this.feature = feature;
        this.property = property;
        this.since = since;
    }

    /**
     * {@return the device options for these features, each as {@code name=on} or {@code name=off}}
     *
     * @throws IllegalArgumentException when QEMU has no property for one of them
     */
    static List<String> options(FeatureSet features, boolean on) {
        List<String> options = new ArrayList<>();
        FeatureSet left = features;
        for (FeatureProperty each : values()) {
            if (features.contains(each.feature)) {
                options.add(each.property + (on ? "=on" : "=off"));
                left = left.without(each.feature);
            }
        }
        if (!left.isEmpty()) {
            throw new IllegalArgumentException(
                    "QEMU's devices have no property to %s %s (they have one for: %s)"
                            .formatted(
                                    on ? "offer" : "withhold",
                                    left.bits()
                                            .mapToObj(FeatureProperty::name)
                                            .collect(Collectors.joining(", ")),
                                    Arrays.stream(values())
                                            .map(Enum::name)
                                            .collect(Collectors.joining(", "))));
        }
        return options;
    }

    /**
     * What it means that QEMU does not know one of these properties.
     *
     * @param said what QEMU said at its end
     * @return one line; empty when it said nothing of the kind
     */
    static Optional<String> explain(String binary, String said) {
        Matcher missing = NOT_FOUND.matcher(said);
        if (!missing.find()) {
            return Optional.empty();
        }
        return Arrays.stream(values())
                .filter(each -> each.property.equals(missing.group(1)))
                .findFirst()
                .map(each ->
                        "this %s cannot offer %s: its devices have no property '%s', which QEMU has since %s; take a newer QEMU, or leave %s alone"
                                .formatted(
                                        binary,
                                        each.feature,
                                        each.property,
                                        each.since,
                                        each.feature));
    }

    private static String name(int bit) {
        return Arrays.stream(CommonFeature.values())
                .filter(feature -> feature.bit() == bit)
                .findFirst()
                .map(Enum::name)
                .orElse("feature bit " + bit);
    }
}
