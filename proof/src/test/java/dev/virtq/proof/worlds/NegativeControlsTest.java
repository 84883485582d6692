package dev.virtq.proof.worlds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.proof.worlds.Weakening.Kind;
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
    private static final String SLEEPS = "sleeps, no";
    private static final String RACE = "data race";

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
                                control(
                                        PackedKind.PACKED,
                                        FeatureSet.EMPTY,
                                        "RingPosition",
                                        "advance",
                                        Kind.TOGGLE,
                                        "")))
                .flatMap(it -> it);
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
        Result result = Explorer.explore(spec);
        assertThat(result.weakened()).as("places in the code that were changed").isPositive();
        assertThat(result.fault()).as(spec.toString()).isNotNull().contains(expected);
        assertThat(result.trace()).isNotEmpty();
        System.out.printf(
                "%s: %s, after %d states and %d steps%n",
                spec.weakenings().getFirst(), result.fault(), result.states(), steps(result));
    }

    private static long steps(Result result) {
        return result.trace().stream().map(line -> line.substring(0, 4)).distinct().count();
    }
}
