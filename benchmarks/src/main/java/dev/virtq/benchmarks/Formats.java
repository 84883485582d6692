package dev.virtq.benchmarks;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.ring.RingFormat;
import java.util.ServiceLoader;

/** The ring formats by name. */
public final class Formats {
    private Formats() {}

    /**
     * {@return an installed ring format}
     *
     * @param name {@code split} or {@code packed}
     */
    public static RingFormat named(String name) {
        for (RingFormat format : ServiceLoader.load(RingFormat.class)) {
            if (format.name().equals(name)) {
                return format;
            }
        }
        throw new IllegalArgumentException("no ring format '%s' is installed".formatted(name));
    }

    /**
     * {@return the features that choose a format, and nothing more}
     *
     * @param name {@code split} or {@code packed}
     */
    public static FeatureSet choosing(String name) {
        FeatureSet features = FeatureSet.of(CommonFeature.VERSION_1);
        return name.equals("packed") ? features.with(CommonFeature.RING_PACKED) : features;
    }
}
