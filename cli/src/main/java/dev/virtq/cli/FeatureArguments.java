package dev.virtq.cli;

import dev.virtq.cli.session.FeatureWish;
import dev.virtq.cli.value.CommandException;
import dev.virtq.device.CommonFeature;
import dev.virtq.device.Feature;
import dev.virtq.device.FeatureSet;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The options that say which features are offered and taken. */
final class FeatureArguments {
    @Option(
            names = "--packed",
            scope = ScopeType.INHERIT,
            description = "The packed ring: the device offers it, the driver takes it.")
    private boolean packed;

    @Option(
            names = "--in-order",
            scope = ScopeType.INHERIT,
            description = "Buffers are used in order: the device offers it, the driver takes it.")
    private boolean inOrder;

    @Option(
            names = "--features",
            paramLabel = "LIST",
            split = ",",
            converter = FeatureWish.Converter.class,
            scope = ScopeType.INHERIT,
            description = {
                "Further features, as in -event_idx,+in_order:",
                "- refuses what the device offers, + has it offered and taken."
            })
    private List<FeatureWish> wishes = new ArrayList<>();

    /** {@return what the machine's device shall offer, and the driver take} */
    FeatureSet wanted() {
        FeatureSet wanted = FeatureSet.EMPTY;
        if (packed) {
            wanted = wanted.with(CommonFeature.RING_PACKED);
        }
        if (inOrder) {
            wanted = wanted.with(CommonFeature.IN_ORDER);
        }
        FeatureSet all = wanted.union(set(true));
        for (FeatureWish wish : wishes) {
            if (!wish.wanted() && all.contains(wish.feature())) {
                throw new CommandException(
                        "%s is both asked for and refused (expected: one of the two)"
                                .formatted(wish.feature().name()));
            }
        }
        return all;
    }

    /** {@return what the driver does not take, although offered and served} */
    FeatureSet refused() {
        return set(false);
    }

    /** {@return whether the ring is packed, which decides on the sizes that it can have} */
    boolean isPacked() {
        return wanted().contains(CommonFeature.RING_PACKED);
    }

    private FeatureSet set(boolean wanted) {
        List<Feature> features =
                wishes.stream()
                        .filter(wish -> wish.wanted() == wanted)
                        .map(FeatureWish::feature)
                        .toList();
        return FeatureSet.of(features);
    }
}
