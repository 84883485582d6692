package dev.virtq.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SampleTest {
    @Test
    void theMedianIsTheOneInTheMiddle() {
        assertThat(of(5, 1, 100).median()).isEqualTo(5);
        assertThat(of(5, 1, 100, 7).median()).isEqualTo(6);
    }

    @Test
    void aRatioIsThatOfTheMedians() {
        assertThat(of(2, 3, 4).ratioTo(of(6, 1, 100))).isEqualTo(0.5);
    }

    @Test
    void itIsDescribedWhole() {
        assertThat(of(2, 1, 3).described())
                .containsEntry("median", 2.0)
                .containsEntry("least", 1.0)
                .containsEntry("most", 3.0)
                .containsEntry("rounds", List.of(2.0, 1.0, 3.0));
    }

    private static Sample of(double... figures) {
        Sample sample = new Sample();
        for (double figure : figures) {
            sample.add(figure);
        }
        return sample;
    }
}
