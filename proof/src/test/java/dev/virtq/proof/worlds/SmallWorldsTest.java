package dev.virtq.proof.worlds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.testing.Clause;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
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

    private static final List<Result> RESULTS = new ArrayList<>();

    static Stream<WorldSpec> worlds() {
        List<WorldSpec> worlds = new ArrayList<>();
        for (FeatureSet features : combinations()) {
            worlds.add(WorldSpec.of(SplitKind.SPLIT, 1, features, "W"));
            worlds.add(WorldSpec.of(SplitKind.SPLIT, 2, features, "RW"));
            worlds.add(WorldSpec.of(PackedKind.PACKED, 1, features, "W"));
            worlds.add(WorldSpec.of(PackedKind.PACKED, 2, features, "RW"));
            worlds.add(WorldSpec.of(PackedKind.PACKED, 3, features, "RWW"));
            worlds.add(WorldSpec.of(SplitKind.SPLIT, 4, features, "RWW").coarse());
            worlds.add(WorldSpec.of(PackedKind.PACKED, 4, features, "RWW").coarse());
            // Two chains overtake each other, or are used as one batch.
            String second = features.contains(CommonFeature.INDIRECT_DESC) ? "RW" : "W";
            worlds.add(WorldSpec.of(SplitKind.SPLIT, 2, features, "W", second).coarse());
            if (!features.contains(CommonFeature.EVENT_IDX)
                    && !features.contains(CommonFeature.INDIRECT_DESC)) {
                worlds.add(WorldSpec.of(PackedKind.PACKED, 2, features, "W", "W").coarse());
            }
        }
        return worlds.stream();
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
    void everythingComesBackOnceAndNobodySleepsWhileWorkWaits(WorldSpec spec) {
        holds(spec);
    }

    @Test
    void theIndicesMayWrap() {
        WorldSpec spec = WorldSpec.of(SplitKind.SPLIT, 2, eventIndex(), "RW");
        int states = holds(spec).states();
        assertThat(holds(spec.startingAt(65536 - 2)).states()).isEqualTo(states);
        assertThat(holds(spec.startingAt(32768 - 2)).states()).isEqualTo(states);
    }

    /** The reduction that docs/proof.md argues for, held to the truth where that is small. */
    @ParameterizedTest
    @MethodSource("smallest")
    void plainAccessesNeedNoStepsOfTheirOwn(WorldSpec spec) {
        Result fine = holds(spec);
        Result finest = holds(spec.steppingEveryAccess());
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

    private static Result holds(WorldSpec spec) {
        Result result = Explorer.explore(spec);
        RESULTS.add(result);
        System.out.println(result.line());
        assertThat(result.fault()).as("%s%n%s", spec, String.join("\n", result.trace())).isNull();
        return result;
    }

    @AfterAll
    static void sayHowManyStatesWereVisited() {
        System.out.printf(
                "small worlds: %d worlds, %,d states, %,d transitions, %.1f s%n",
                RESULTS.size(),
                RESULTS.stream().mapToLong(Result::states).sum(),
                RESULTS.stream().mapToLong(Result::transitions).sum(),
                RESULTS.stream().mapToLong(Result::millis).sum() / 1000.0);
    }
}
