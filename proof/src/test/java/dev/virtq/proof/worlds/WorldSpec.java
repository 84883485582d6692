package dev.virtq.proof.worlds;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.ring.IndirectUse;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a world is made of.
 *
 * @param kind the ring format
 * @param size the queue size
 * @param features what was negotiated, beside the format itself
 * @param indirect when chains go into indirect tables
 * @param chains the buffers of each prepared chain: R is device-readable, W device-writable
 * @param firstIndex where the canonical form's counters begin; near 65536 the indices wrap
 * @param detail how finely it is stepped
 * @param lie what the device tells against the rules, once
 * @param isReduced whether the packed ring's states are told apart as {@link PackedReduction} says
 * @param weakenings what is taken out of the code; nothing for a proof
 */
record WorldSpec(
        RingKind kind,
        int size,
        FeatureSet features,
        IndirectUse indirect,
        List<String> chains,
        long firstIndex,
        Detail detail,
        Lie lie,
        boolean isReduced,
        List<Weakening> weakenings) {
    /** How finely a world is stepped. */
    enum Detail {
        /** Each access is a step, plain ones, too. */
        EVERY_ACCESS,
        /** Each atomic access, each fence and each notification is a step. */
        FINE,
        /**
         * A fence, the load after it, and the notification that it leads to are one step; a load
         * returns one stale value at most, not two; nothing that was staged is taken back.
         */
        COARSE
    }

    /** What a device does that breaks the rules, once. */
    enum Lie {
        NONE,
        /** It says that it used a chain that is not with it. */
        WRONG_ID,
        /** It says that it wrote more than the chain has room for. */
        TOO_LONG
    }

    static WorldSpec of(RingKind kind, int size, FeatureSet features, String... chains) {
        return new WorldSpec(
                kind,
                size,
                features,
                IndirectUse.WHEN_IT_SAVES_SLOTS,
                List.of(chains),
                0,
                Detail.FINE,
                Lie.NONE,
                true,
                List.of());
    }

    WorldSpec startingAt(long index) {
        return new WorldSpec(
                kind, size, features, indirect, chains, index, detail, lie, isReduced, weakenings);
    }

    WorldSpec steppedAs(Detail other) {
        return new WorldSpec(
                kind,
                size,
                features,
                indirect,
                chains,
                firstIndex,
                other,
                lie,
                isReduced,
                weakenings);
    }

    WorldSpec coarse() {
        return steppedAs(Detail.COARSE);
    }

    WorldSpec withDeviceThatTells(Lie told) {
        return new WorldSpec(
                kind,
                size,
                features,
                indirect,
                chains,
                firstIndex,
                detail,
                told,
                isReduced,
                weakenings);
    }

    WorldSpec unreduced() {
        return new WorldSpec(
                kind, size, features, indirect, chains, firstIndex, detail, lie, false, weakenings);
    }

    WorldSpec without(Weakening... taken) {
        return new WorldSpec(
                kind,
                size,
                features,
                indirect,
                chains,
                firstIndex,
                detail,
                lie,
                isReduced,
                List.of(taken));
    }

    boolean isInOrder() {
        return features.contains(CommonFeature.IN_ORDER);
    }

    int chainCount() {
        return chains.size();
    }

    boolean isWritable(int chain, int buffer) {
        return chains.get(chain).charAt(buffer) == 'W';
    }

    int buffers(int chain) {
        return chains.get(chain).length();
    }

    int readable(int chain) {
        return (int) chains.get(chain).chars().filter(it -> it == 'R').count();
    }

    @Override
    public String toString() {
        String names =
                features.isEmpty()
                        ? "no feature"
                        : features.bits()
                                .mapToObj(WorldSpec::featureName)
                                .collect(Collectors.joining("+"));
        return "%-6s %d  %-13s %-32s%s%s%s%s%s"
                .formatted(
                        kind.name(),
                        size,
                        String.join(" ", chains),
                        names,
                        firstIndex == 0 ? "" : " from index " + firstIndex,
                        detail == Detail.FINE ? "" : " " + detail.name().toLowerCase(Locale.ROOT),
                        lie == Lie.NONE ? "" : " " + lie.name().toLowerCase(Locale.ROOT),
                        isReduced ? "" : " unreduced",
                        weakenings.isEmpty() ? "" : " " + weakenings);
    }

    private static String featureName(int bit) {
        for (CommonFeature feature : CommonFeature.values()) {
            if (feature.bit() == bit) {
                return feature.name();
            }
        }
        return "bit " + bit;
    }
}
