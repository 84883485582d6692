package dev.virtq.proof.worlds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.proof.worlds.Weakening.Kind;
import dev.virtq.proof.worlds.WorldSpec.Lie;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * With one fence, one order or one check taken out of the production code, the explorer finds the
 * fault: else what it says of the whole code would mean nothing.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NegativeControlsTest {
    private static final FeatureSet EVENTS = FeatureSet.of(CommonFeature.EVENT_IDX);
    private static final FeatureSet IN_ORDER = FeatureSet.of(CommonFeature.IN_ORDER);

    /**
     * These take away what makes one position of a ring as good as another: turning it is wrong.
     */
    private static final Set<Kind> IS_NOT_ALIKE_EVERYWHERE =
            Set.of(Kind.TOGGLE, Kind.FIRST_ARGUMENT_PLUS_ONE);

    private static final String SLEEPS = "sleeps, no";
    private static final String RACE = "data race";
    private static final String TAKEN = "the driver takes what the device tells of chain 0";

    static Stream<Arguments> controls() {
        return Stream.of(
                        of(SplitKind.SPLIT, "SplitDriverRing", "look", "SplitDeviceRing", "look"),
                        of(
                                PackedKind.PACKED,
                                "PackedDriverRing",
                                "poll",
                                "PackedDeviceRing",
                                "take"),
                        Stream.of(
                                control(
                                        SplitKind.SPLIT,
                                        EVENTS,
                                        "EventIndex",
                                        "isDue",
                                        Kind.FIRST_ARGUMENT_PLUS_ONE,
                                        SLEEPS),
                                offsetOffByOne(),
                                control(
                                        PackedKind.PACKED,
                                        FeatureSet.EMPTY,
                                        "RingPosition",
                                        "advance",
                                        Kind.TOGGLE,
                                        "over ones that are not used yet"),
                                control(
                                        PackedKind.PACKED,
                                        FeatureSet.EMPTY,
                                        "PackedDriverRing",
                                        "publish",
                                        Kind.FLAGS_LAST,
                                        RACE),
                                batchSeenTooSoon(),
                                entryLeftStanding()),
                        lies())
                .flatMap(it -> it);
    }

    /** In a chain of one slot: in a longer one, the next slot is its own, too. */
    private static Arguments offsetOffByOne() {
        return Arguments.of(
                WorldSpec.of(PackedKind.PACKED, 2, EVENTS, "W")
                        .without(
                                new Weakening(
                                        "EventSuppression", "isDue", Kind.FIRST_ARGUMENT_PLUS_ONE)),
                SLEEPS);
    }

    /** What the device uses as a batch is to be seen when all of it is there, and published. */
    private static Arguments batchSeenTooSoon() {
        return Arguments.of(
                WorldSpec.of(PackedKind.PACKED, 2, FeatureSet.EMPTY, "W", "W")
                        .without(
                                new Weakening("PackedDeviceRing", "use", Kind.FLAGS_LAST),
                                new Weakening("PackedDeviceRing", "publish", Kind.FLAGS_LAST)),
                "the driver got chain 0 back; returned, in order, are []");
    }

    /** An entry of the available ring stands for the next round only when it is to say the same. */
    private static Arguments entryLeftStanding() {
        return Arguments.of(
                WorldSpec.of(SplitKind.SPLIT, 2, FeatureSet.EMPTY, "W", "W")
                        .without(new Weakening("StagedOrder", "isNews", Kind.RETURNS_FALSE)),
                "chain 0 was made available again before it was used");
    }

    /** A device that lies, and a driver's end that does not look. */
    private static Stream<Arguments> lies() {
        return Stream.of(
                lie(
                        SplitKind.SPLIT,
                        FeatureSet.EMPTY,
                        new Weakening("UsedInAnyOrder", "take", Kind.CHECK_OF_ID),
                        "no chain has the id 1"),
                lie(
                        SplitKind.SPLIT,
                        IN_ORDER,
                        new Weakening("UsedInOrder", "readBatch", Kind.CHECK_OF_ID),
                        "throws java.lang.ArrayIndexOutOfBoundsException"),
                lie(
                        PackedKind.PACKED,
                        FeatureSet.EMPTY,
                        new Weakening("PackedDriverRing", "poll", Kind.CHECK_OF_ID),
                        "no chain has the id 1"),
                lie(
                        PackedKind.PACKED,
                        IN_ORDER,
                        new Weakening("PackedDriverRing", "poll", Kind.CHECK_OF_ID),
                        TAKEN),
                lie(
                        SplitKind.SPLIT,
                        FeatureSet.EMPTY,
                        new Weakening("UsedInAnyOrder", "take", Kind.CHECK_OF_LENGTH),
                        TAKEN),
                lie(
                        SplitKind.SPLIT,
                        IN_ORDER,
                        new Weakening("UsedInOrder", "readBatch", Kind.CHECK_OF_LENGTH),
                        TAKEN),
                lie(
                        PackedKind.PACKED,
                        FeatureSet.EMPTY,
                        new Weakening("PackedDriverRing", "poll", Kind.CHECK_OF_LENGTH),
                        TAKEN),
                lie(
                        PackedKind.PACKED,
                        IN_ORDER,
                        new Weakening("PackedDriverRing", "poll", Kind.CHECK_OF_LENGTH),
                        TAKEN));
    }

    private static Arguments lie(
            RingKind kind, FeatureSet features, Weakening check, String expected) {
        WorldSpec spec =
                WorldSpec.of(kind, 2, features, "RW")
                        .withDeviceThatTells(
                                check.kind() == Kind.CHECK_OF_ID ? Lie.WRONG_ID : Lie.TOO_LONG)
                        .without(check);
        return Arguments.of(spec, expected);
    }

    private static Stream<Arguments> of(
            RingKind kind, String driver, String poll, String device, String take) {
        Stream.Builder<Arguments> all = Stream.builder();
        for (FeatureSet features : new FeatureSet[] {FeatureSet.EMPTY, EVENTS, IN_ORDER}) {
            all.add(
                    control(
                            kind,
                            features,
                            driver,
                            "deviceWantsNotification",
                            Kind.FENCE,
                            "the device sleeps"));
            all.add(
                    control(
                            kind,
                            features,
                            device,
                            "driverWantsNotification",
                            Kind.FENCE,
                            "the driver sleeps"));
            for (String end : new String[] {driver, device}) {
                String sleeper = end.equals(driver) ? "the driver sleeps" : "the device sleeps";
                all.add(control(kind, features, end, "enableNotifications", Kind.FENCE, sleeper));
                all.add(
                        control(
                                kind,
                                features,
                                end,
                                "enableNotifications",
                                Kind.RETURNS_FALSE,
                                sleeper));
                all.add(control(kind, features, end, "publish", Kind.RELEASE, RACE));
                all.add(control(kind, features, end, "publish", Kind.RELEASE_TO_OPAQUE, RACE));
            }
            all.add(control(kind, features, driver, poll, Kind.ACQUIRE, RACE));
            all.add(control(kind, features, driver, poll, Kind.ACQUIRE_TO_OPAQUE, RACE));
            all.add(control(kind, features, device, take, Kind.ACQUIRE, RACE));
            all.add(control(kind, features, device, take, Kind.ACQUIRE_TO_OPAQUE, RACE));
        }
        return all.build();
    }

    private static Arguments control(
            RingKind kind,
            FeatureSet features,
            String type,
            String method,
            Kind taken,
            String expected) {
        WorldSpec spec =
                WorldSpec.of(kind, 2, features, "RW").without(new Weakening(type, method, taken));
        return Arguments.of(spec, expected);
    }

    @ParameterizedTest
    @MethodSource("controls")
    void whatIsTakenOutIsMissed(WorldSpec spec, String expected) {
        Result result = finds(spec, expected);
        System.out.printf(
                "%s: %s, after %d states and %d steps%n",
                spec.weakenings().getFirst(), result.fault(), result.states(), steps(result));
    }

    /** What a coarse world leaves out is not what shows any of these. */
    @ParameterizedTest
    @MethodSource("controls")
    void coarseStepsMissItToo(WorldSpec spec, String expected) {
        finds(spec.coarse(), expected);
    }

    /** States that are told to be the same hide none of these. */
    @ParameterizedTest
    @MethodSource("controls")
    void itIsMissedJustAsSoonWithoutTheReductionOfPackedRings(WorldSpec spec, String expected) {
        if (!IS_NOT_ALIKE_EVERYWHERE.contains(spec.weakenings().getFirst().kind())) {
            assertThat(steps(finds(spec.unreduced(), expected)))
                    .as("length of the shortest way to the fault")
                    .isEqualTo(steps(finds(spec, expected)));
        } else {
            finds(spec.unreduced(), expected);
        }
    }

    private static Result finds(WorldSpec spec, String expected) {
        Result result = Explorer.explore(spec);
        assertThat(result.weakened()).as("places in the code that were changed").isPositive();
        assertThat(result.fault()).as(spec.toString()).isNotNull().contains(expected);
        assertThat(result.trace()).isNotEmpty();
        return result;
    }

    private static long steps(Result result) {
        return result.trace().stream().map(line -> line.substring(0, 4)).distinct().count();
    }
}
