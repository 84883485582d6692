package dev.virtq.device;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A register of a transport as it reads now, for people to look at.
 *
 * @param name what the standard calls it
 * @param offset where it is, in bytes from the start of its structure
 * @param bytes how wide it is: 1, 2, 4 or 8
 * @param value its bits, zero-extended; null when it cannot be read, or not without an effect
 * @param meaning what the value says, in a few words
 * @param section where virtio 1.4 describes it
 */
public record RegisterReading(
        String name, int offset, int bytes, @Nullable Long value, String meaning, String section) {
    private static final int FEATURE_WORDS = 4;

    /**
     * The words of a set of features, which one register shows in turn.
     *
     * @param name what the standard calls the register
     * @param offset where it is
     * @param what has become of the features, as in {@code offered}
     * @param features all of the words
     * @param section where virtio 1.4 describes it
     * @return a reading for each word
     */
    public static List<RegisterReading> ofFeatures(
            String name, int offset, String what, FeatureSet features, String section) {
        List<RegisterReading> readings = new ArrayList<>();
        for (int word = 0; word < FEATURE_WORDS; word++) {
            long bits = features.word(word) & 0xffff_ffffL;
            String names =
                    FeatureSet.EMPTY
                            .withWord(word, (int) bits)
                            .bits()
                            .mapToObj(RegisterReading::feature)
                            .collect(Collectors.joining(" "));
            readings.add(
                    new RegisterReading(
                            "%s[%d]".formatted(name, word),
                            offset,
                            4,
                            bits,
                            "%s, bits %d to %d: %s"
                                    .formatted(
                                            what,
                                            32 * word,
                                            32 * word + 31,
                                            names.isEmpty() ? "none" : names),
                            section));
        }
        return readings;
    }

    /** Those of a device type have names that only its driver knows. */
    private static String feature(int bit) {
        for (CommonFeature feature : CommonFeature.values()) {
            if (feature.bit() == bit) {
                return feature.name();
            }
        }
        return String.valueOf(bit);
    }
}
