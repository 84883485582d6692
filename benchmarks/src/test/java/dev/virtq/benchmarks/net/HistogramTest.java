package dev.virtq.benchmarks.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistogramTest {
    private final Histogram histogram = new Histogram();

    @Test
    void shortTimesAreExact() {
        for (int nanos = 1; nanos <= 100; nanos++) {
            histogram.add(nanos);
        }
        assertThat(histogram.percentile(0.5)).isEqualTo(50);
        assertThat(histogram.percentile(0.99)).isEqualTo(99);
        assertThat(histogram.percentile(0.999)).isEqualTo(100);
        assertThat(histogram.percentile(0)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 127, 128, 129, 255, 256, 1_000, 65_535, 65_536, 1_234_567, 1L << 40})
    void eachTimeIsWithinItsBucket(long nanos) {
        histogram.add(nanos);
        assertThat(histogram.percentile(0.5))
                .isCloseTo(nanos, within(Math.max(0.5, nanos / 128.0)));
    }

    @Test
    void longerTimesThanThereAreBucketsForAreNotLost() {
        histogram.add(Long.MAX_VALUE);
        assertThat(histogram.total()).isEqualTo(1);
        assertThat(histogram.percentile(1)).isGreaterThan(1L << 40);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.01, 0.5, 0.99, 0.999, 1})
    void percentilesAreThoseOfTheTimesThemselves(double part) {
        Random random = new Random(7);
        long[] times = new long[100_000];
        for (int i = 0; i < times.length; i++) {
            times[i] = (long) Math.exp(random.nextDouble() * 20);
            histogram.add(times[i]);
        }
        Arrays.sort(times);
        assertThat(histogram.percentile(part))
                .isCloseTo(
                        times[(int) Math.ceil(part * times.length) - 1],
                        Percentage.withPercentage(0.8));
    }

    @Test
    void whatIsPrintedIsReadAgain() {
        for (long nanos : new long[] {3, 3, 900, 100_000}) {
            histogram.add(nanos);
        }
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        histogram.print(new PrintStream(printed, true));
        Histogram read = Histogram.parse(("x\n" + printed + "sent 4\n").lines().toList());
        assertThat(read.total()).isEqualTo(4);
        for (double part : new double[] {0.5, 0.75, 1}) {
            assertThat(read.percentile(part)).isEqualTo(histogram.percentile(part));
        }
    }

    @Test
    void whatIsClearedIsEmpty() {
        histogram.add(5);
        histogram.clear();
        assertThat(histogram.total()).isZero();
        assertThatIllegalStateException().isThrownBy(() -> histogram.percentile(0.5));
    }
}
