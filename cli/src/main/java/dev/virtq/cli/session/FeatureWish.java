package dev.virtq.cli.session;

import dev.virtq.cli.value.Similar;
import dev.virtq.device.CommonFeature;
import dev.virtq.device.Feature;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What a user wants of one feature, as typed: {@code +in_order} to have it, {@code -event_idx} to
 * do without it.
 *
 * @param feature the feature
 * @param wanted whether it shall be offered and taken; else it is refused although offered
 */
public record FeatureWish(Feature feature, boolean wanted) {
    private static final String FORM =
            "(expected: +in_order to have a feature, -event_idx to refuse one; commas between them)";

    /**
     * {@return what a text wishes}
     *
     * @param text a sign and a feature's name, with or without the standard's prefix
     * @throws IllegalArgumentException when it is no wish, or not one that can come true
     */
    public static FeatureWish parse(String text) {
        String word = text.strip();
        if (word.isEmpty()) {
            throw new IllegalArgumentException("there is a name missing " + FORM);
        }
        boolean wanted = word.startsWith("+");
        if (!wanted && !word.startsWith("-")) {
            throw new IllegalArgumentException(
                    "'%s' has no + or - before it %s".formatted(word, FORM));
        }
        Feature feature = find(word.substring(1).strip());
        if (!wanted && feature == CommonFeature.VERSION_1) {
            throw new IllegalArgumentException(
                    "'%s': VERSION_1 cannot be refused, without it the device would be a legacy one"
                            .formatted(word));
        }
        return new FeatureWish(feature, wanted);
    }

    private static Feature find(String name) {
        String plain =
                name.toUpperCase(Locale.ROOT)
                        .replace('-', '_')
                        .replaceFirst("^VIRTIO_(NET_)?F_", "");
        return FeatureNames.everywhere().stream()
                .filter(feature -> feature.name().equals(plain))
                .findFirst()
                .orElseThrow(() -> unknown(name, plain));
    }

    private static IllegalArgumentException unknown(String name, String plain) {
        List<String> all = FeatureNames.everywhere().stream().map(Feature::name).toList();
        List<String> similar = Similar.to(plain, all);
        if (similar.isEmpty()) { // as in 'packed' for RING_PACKED
            similar =
                    all.stream()
                            .filter(other -> plain.length() > 2 && other.contains(plain))
                            .limit(3)
                            .toList();
        }
        String hint =
                similar.isEmpty()
                        ? "'virtq features' lists those of a device"
                        : "did you mean: "
                                + String.join(", ", similar).toLowerCase(Locale.ROOT)
                                + "?";
        return new IllegalArgumentException("there is no feature '%s' (%s)".formatted(name, hint));
    }

    /** For picocli. */
    public static final class Converter implements ITypeConverter<FeatureWish> {
        /** Makes one; picocli does. */
        public Converter() {}

        @Override
        public FeatureWish convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
