package dev.virtq.device;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * An immutable set of feature bits 0 to 127 (virtio 1.4, section 2.2).
 *
 * <p>It holds bits and not {@link Feature}s, since a device may offer bits that nobody here has a
 * name for.
 *
 * @param low bits 0 to 63
 * @param high bits 64 to 127
 */
public record FeatureSet(long low, long high) {
    /** The set without a bit. */
    public static final FeatureSet EMPTY = new FeatureSet(0, 0);

    /**
     * {@return the set of the given features}
     *
     * @param features any number of features
     */
    public static FeatureSet of(Feature... features) {
        return of(Arrays.asList(features));
    }

    /**
     * {@return the set of the given features}
     *
     * @param features any number of features
     */
    public static FeatureSet of(Collection<? extends Feature> features) {
        FeatureSet set = EMPTY;
        for (Feature feature : features) {
            set = set.withBit(feature.bit());
        }
        return set;
    }

    /**
     * {@return whether the feature is in the set}
     *
     * @param feature the feature to look for
     */
    public boolean contains(Feature feature) {
        return containsBit(feature.bit());
    }

    /**
     * {@return whether the bit is in the set}
     *
     * @param bit 0 to 127
     */
    public boolean containsBit(int bit) {
        checkBit(bit);
        return ((bit < 64 ? low >>> bit : high >>> (bit - 64)) & 1) != 0;
    }

    /**
     * {@return this set and the given feature}
     *
     * @param feature the feature to add
     */
    public FeatureSet with(Feature feature) {
        return withBit(feature.bit());
    }

    /**
     * {@return this set without the given feature}
     *
     * @param feature the feature to take out
     */
    public FeatureSet without(Feature feature) {
        return minus(of(feature));
    }

    /**
     * {@return this set and the given bit}
     *
     * @param bit 0 to 127
     */
    public FeatureSet withBit(int bit) {
        checkBit(bit);
        return bit < 64
                ? new FeatureSet(low | (1L << bit), high)
                : new FeatureSet(low, high | (1L << (bit - 64)));
    }

    /**
     * {@return the bits that are in this set or in the other}
     *
     * @param other another set
     */
    public FeatureSet union(FeatureSet other) {
        return new FeatureSet(low | other.low, high | other.high);
    }

    /**
     * {@return the bits that are in both sets}
     *
     * @param other another set
     */
    public FeatureSet intersection(FeatureSet other) {
        return new FeatureSet(low & other.low, high & other.high);
    }

    /**
     * {@return the bits of this set that are not in the other}
     *
     * @param other another set
     */
    public FeatureSet minus(FeatureSet other) {
        return new FeatureSet(low & ~other.low, high & ~other.high);
    }

    /** {@return whether no bit is in the set} */
    public boolean isEmpty() {
        return (low | high) == 0;
    }

    /**
     * {@return whether every bit of the other set is in this one}
     *
     * @param other another set
     */
    public boolean containsAll(FeatureSet other) {
        return other.minus(this).isEmpty();
    }

    /** {@return the numbers of the bits, ascending} */
    public IntStream bits() {
        return IntStream.range(0, 128).filter(this::containsBit);
    }

    /**
     * The 32 bits that a transport moves at a time.
     *
     * @param index 0 for bits 0 to 31, up to 3 for bits 96 to 127
     * @return the bits, the lowest in bit 0
     */
    public int word(int index) {
        if (index < 0 || index > 3) {
            throw new IllegalArgumentException("feature word " + index + " (expected: 0..3)");
        }
        long half = index < 2 ? low : high;
        return (int) (half >>> (32 * (index & 1)));
    }

    /**
     * {@return this set with 32 of its bits replaced}
     *
     * @param index 0 for bits 0 to 31, up to 3 for bits 96 to 127
     * @param bits the new bits, the lowest in bit 0
     */
    public FeatureSet withWord(int index, int bits) {
        word(index); // checks the index
        int shift = 32 * (index & 1);
        long mask = 0xffff_ffffL << shift;
        long value = (bits & 0xffff_ffffL) << shift;
        return index < 2
                ? new FeatureSet((low & ~mask) | value, high)
                : new FeatureSet(low, (high & ~mask) | value);
    }

    /**
     * What the given features need and this set lacks.
     *
     * @param known the features to look at; those that are not in the set are passed over
     * @return one sentence for each unmet requirement; empty when all are met
     */
    public List<String> unmetRequirements(Collection<? extends Feature> known) {
        List<String> unmet = new ArrayList<>();
        for (Feature feature : known) {
            if (!contains(feature)) {
                continue;
            }
            for (List<Feature> anyOf : feature.requirements()) {
                if (anyOf.stream().noneMatch(this::contains)) {
                    unmet.add(
                            feature.name()
                                    + " requires "
                                    + anyOf.stream()
                                            .map(Feature::name)
                                            .collect(Collectors.joining(" or ")));
                }
            }
        }
        return unmet;
    }

    private static void checkBit(int bit) {
        if (bit < 0 || bit > 127) {
            throw new IllegalArgumentException("feature bit " + bit + " (expected: 0..127)");
        }
    }

    /** {@return the numbers of the bits, as in {@code {0, 32}}} */
    @Override
    public String toString() {
        return bits().mapToObj(Integer::toString).collect(Collectors.joining(", ", "{", "}"));
    }
}
