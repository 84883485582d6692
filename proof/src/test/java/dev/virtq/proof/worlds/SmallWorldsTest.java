package dev.virtq.proof.worlds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.testing.Clause;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every state of small worlds, with every combination of the features that touch the ring: what was
 * made available comes back exactly once, with its data and its used length, in order where that
 * was agreed; nobody sleeps while work waits; no data race; and from everywhere, everything can
 * still come home. docs/proof.md says how, and what is left out.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SmallWorldsTest {
    private static final CommonFeature[] FEATURES = {
        CommonFeature.EVENT_IDX, CommonFeature.INDIRECT_DESC, CommonFeature.IN_ORDER
    };

    private static final Set<Result> RESULTS = new LinkedHashSet<>();

    private static final Explorations EXPLORATIONS = new Explorations();

    static Stream<WorldSpec> worlds() {
        List<WorldSpec> worlds = new ArrayList<>();
        for (FeatureSet features : combinations()) {
            worlds.add(WorldSpec.of(SplitKind.SPLIT, 1, features, "W"));
            worlds.add(WorldSpec.of(SplitKind.SPLIT, 2, features, "RW"));
            worlds.add(WorldSpec.of(SplitKind.SPLIT, 4, features, "RWW"));
            worlds.add(WorldSpec.of(PackedKind.PACKED, 1, features, "W"));
            worlds.add(WorldSpec.of(PackedKind.PACKED, 2, features, "RW"));
            worlds.add(WorldSpec.of(PackedKind.PACKED, 3, features, "RWW"));
            worlds.add(WorldSpec.of(PackedKind.PACKED, 4, features, "RWW"));
            // Two chains overtake each other, or are used as one batch.
            String second = features.contains(CommonFeature.INDIRECT_DESC) ? "RW" : "W";
            worlds.add(WorldSpec.of(SplitKind.SPLIT, 2, features, "W", second).coarse());
            worlds.add(WorldSpec.of(PackedKind.PACKED, 2, features, "W", second).coarse());
            if (!features.contains(CommonFeature.EVENT_IDX)
                    && !features.contains(CommonFeature.INDIRECT_DESC)) {
                worlds.add(WorldSpec.of(SplitKind.SPLIT, 4, features, "W", "W").coarse());
                worlds.add(WorldSpec.of(PackedKind.PACKED, 3, features, "W", "W").coarse());
                worlds.add(WorldSpec.of(PackedKind.PACKED, 4, features, "W", "W").coarse());
            }
        }
        return worlds.stream().map(EXPLORATIONS::start);
    }

    /** Two chains, with each fence, load and notification as a step of its own. */
    static Stream<WorldSpec> wideWorlds() {
        FeatureSet inOrder = FeatureSet.of(CommonFeature.IN_ORDER);
        return Stream.of(
                        WorldSpec.of(SplitKind.SPLIT, 2, FeatureSet.EMPTY, "W", "W"),
                        WorldSpec.of(PackedKind.PACKED, 2, FeatureSet.EMPTY, "W", "W"),
                        WorldSpec.of(PackedKind.PACKED, 2, inOrder, "W", "W"))
                .map(EXPLORATIONS::start);
    }

    /** The empty set first. */
    private static List<FeatureSet> combinations() {
        List<FeatureSet> all = new ArrayList<>();
        for (int bits = 0; bits < 1 << FEATURES.length; bits++) {
            FeatureSet features = FeatureSet.EMPTY;
            for (int i = 0; i < FEATURES.length; i++) {
                features = (bits & 1 << i) != 0 ? features.with(FEATURES[i]) : features;
            }
            all.add(features);
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("worlds")
    @Clause({
        "2.7.13.3.1#1",
        "2.7.13.4.1#1",
        "2.8.21.1.1#1",
        "2.8.21.3.1#1",
        "2.7.8.2#1",
        "2.7.8.2#2"
    })
    void everythingComesBackOnceAndNobodySleepsWhileWorkWaits(WorldSpec spec) throws Exception {
        holds(spec);
    }

    /** As above, where it takes minutes. docs/proof.md says how to have it run. */
    @ParameterizedTest
    @MethodSource("wideWorlds")
    @Tag("wide")
    void itHoldsForTwoChainsInFineSteps(WorldSpec spec) throws Exception {
        holds(spec);
    }

    /** What coarse worlds leave out makes no difference where both can be explored. */
    @ParameterizedTest
    @MethodSource("smallWorldsOfOneChain")
    void coarseStepsLeadToTheSameVerdict(WorldSpec spec) throws Exception {
        assertThat(holds(spec.coarse()).states()).isLessThan(holds(spec).states());
    }

    static Stream<WorldSpec> smallWorldsOfOneChain() {
        return combinations().stream()
                .flatMap(it ->
                        Stream.of(
                                WorldSpec.of(SplitKind.SPLIT, 2, it, "RW"),
                                WorldSpec.of(PackedKind.PACKED, 2, it, "RW")))
                .map(EXPLORATIONS::start);
    }

    /**
     * The states that a packed ring comes to without the reduction, reduced afterwards, are those
     * that it comes to with it: no more, so that none was passed over, and no fewer.
     */
    @ParameterizedTest
    @MethodSource("packedWorlds")
    void thePackedReductionPassesNothingOver(WorldSpec spec) throws Exception {
        Result reduced = holds(spec);
        Result whole = holds(spec.unreduced());
        assertThat(whole.states()).isGreaterThan(reduced.states());
        assertThat(whole.reducedStates()).isEqualTo(reduced.states());
    }

    static Stream<WorldSpec> packedWorlds() {
        FeatureSet all = combinations().getLast();
        return Stream.of(
                        WorldSpec.of(PackedKind.PACKED, 1, eventIndex(), "W"),
                        WorldSpec.of(PackedKind.PACKED, 2, eventIndex(), "RW"),
                        WorldSpec.of(PackedKind.PACKED, 2, all, "RW"),
                        WorldSpec.of(PackedKind.PACKED, 3, FeatureSet.EMPTY, "RW"),
                        WorldSpec.of(PackedKind.PACKED, 3, all, "RW"))
                .peek(it -> EXPLORATIONS.start(it.unreduced()))
                .map(EXPLORATIONS::start);
    }

    /** A device that tells a wrong id or length is refused, and nothing else happens. */
    @ParameterizedTest
    @MethodSource("worldsWithLies")
    @Clause("2.7.8.2#2")
    void aDeviceThatLiesIsRefusedAndNothingElse(WorldSpec spec) throws Exception {
        holds(spec);
    }

    static Stream<WorldSpec> worldsWithLies() {
        List<WorldSpec> worlds = new ArrayList<>();
        for (RingKind kind : List.of(SplitKind.SPLIT, PackedKind.PACKED)) {
            for (FeatureSet features : combinations()) {
                for (WorldSpec.Lie lie : List.of(WorldSpec.Lie.WRONG_ID, WorldSpec.Lie.TOO_LONG)) {
                    worlds.add(WorldSpec.of(kind, 2, features, "RW").withDeviceThatTells(lie));
                }
            }
        }
        return worlds.stream().map(EXPLORATIONS::start);
    }

    @Test
    void theIndicesMayWrap() throws Exception {
        WorldSpec spec = WorldSpec.of(SplitKind.SPLIT, 2, eventIndex(), "RW");
        int states = holds(spec).states();
        assertThat(holds(spec.startingAt(65536 - 2)).states()).isEqualTo(states);
        assertThat(holds(spec.startingAt(32768 - 2)).states()).isEqualTo(states);
    }

    /** The reduction that docs/proof.md argues for, held to the truth where that is small. */
    @ParameterizedTest
    @MethodSource("smallest")
    void plainAccessesNeedNoStepsOfTheirOwn(WorldSpec spec) throws Exception {
        Result fine = holds(spec);
        Result finest = holds(spec.steppedAs(WorldSpec.Detail.EVERY_ACCESS));
        assertThat(finest.states()).isGreaterThan(fine.states());
        assertThat(finest.betweenOperations()).isEqualTo(fine.betweenOperations());
    }

    static Stream<WorldSpec> smallest() {
        return Stream.of(
                WorldSpec.of(SplitKind.SPLIT, 1, eventIndex(), "W"),
                WorldSpec.of(PackedKind.PACKED, 1, eventIndex(), "W"));
    }

    private static FeatureSet eventIndex() {
        return FeatureSet.of(CommonFeature.EVENT_IDX);
    }

    private static Result holds(WorldSpec spec) throws Exception {
        Result result = EXPLORATIONS.of(spec);
        if (RESULTS.add(result)) {
            System.out.println(result.line());
        }
        assertThat(result.fault()).as("%s%n%s", spec, String.join("\n", result.trace())).isNull();
        return result;
    }

    @AfterAll
    static void sayHowManyStatesWereVisited() {
        EXPLORATIONS.close();
        System.out.printf(
                "small worlds: %d worlds, %,d states, %,d transitions, %.1f s%n",
                RESULTS.size(),
                RESULTS.stream().mapToLong(Result::states).sum(),
                RESULTS.stream().mapToLong(Result::transitions).sum(),
                RESULTS.stream().mapToLong(Result::millis).sum() / 1000.0);
    }
}
