package dev.virtq.benchmarks.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** Readings each 10 ms for 10 s, of a rate that is known. */
class RateCurveTest {
    private static final long START = 5_000_000_000L;
    private static final long INTERVAL = 10_000_000;
    private static final int READINGS = 1_000;

    @Test
    void aRateThatIsThereAtOnceTakesOneInterval() {
        RateCurve curve = curve(second -> 1);
        assertThat(curve.secondsTo(0.9)).isCloseTo(0.01, within(1e-9));
        assertThat(curve.steadyRate()).isCloseTo(1, within(1e-6));
    }

    @Test
    void aStepIsFoundWhereItIs() {
        assertThat(curve(second -> second < 1.5 ? 0.5 : 1).secondsTo(0.9))
                .isCloseTo(1.51, within(0.011));
    }

    @Test
    void aSlopeIsFoundAtNineTenths() {
        assertThat(curve(second -> Math.min(1, second / 2)).secondsTo(0.9))
                .isCloseTo(1.8, within(0.03));
    }

    @Test
    void aShortPeakBeforeDoesNotCount() {
        assertThat(
                        curve(second -> second > 0.5 && second < 0.53 || second > 2 ? 1 : 0.2)
                                .secondsTo(0.9))
                .isCloseTo(2, within(0.03));
    }

    @Test
    void aShortGapAfterDoesNotCount() {
        assertThat(
                        curve(second -> second > 1 && second < 1.02 || second < 0.3 ? 0 : 1)
                                .secondsTo(0.9))
                .isCloseTo(0.3, within(0.03));
    }

    @Test
    void aRateThatIsOnlyThereNowAndThenIsNeverReached() {
        RateCurve curve = new RateCurve(START);
        for (int i = 1; i <= 4; i++) {
            curve.add(START + i * INTERVAL, i);
        }
        assertThatIllegalStateException().isThrownBy(() -> curve.secondsTo(0.9));
    }

    private static RateCurve curve(DoubleUnaryOperator rate) {
        RateCurve curve = new RateCurve(START);
        double count = 0;
        for (int i = 1; i <= READINGS; i++) {
            count += rate.applyAsDouble(i * INTERVAL / 1e9) * INTERVAL;
            curve.add(START + i * INTERVAL, Math.round(count));
        }
        return curve;
    }
}
