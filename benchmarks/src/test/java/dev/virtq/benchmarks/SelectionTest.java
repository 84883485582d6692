package dev.virtq.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelectionTest {
    @Test
    void byDefaultEachRowHasFiveRounds() {
        Selection selection = Selection.of(List.of());
        assertThat(selection.rounds()).isEqualTo(5);
        assertThat(selection.seconds()).isEqualTo(3);
        assertThat(selection.has("transmit 64 split")).isTrue();
    }

    @Test
    void aRowIsRunWhenItHasAllWords() {
        Selection selection = Selection.of(List.of("7", "2", "64", "packed"));
        assertThat(selection.rounds()).isEqualTo(7);
        assertThat(selection.seconds()).isEqualTo(2);
        assertThat(selection.has("transmit 64 packed in_order")).isTrue();
        assertThat(selection.has("transmit 64 split")).isFalse();
        assertThat(selection.has("transmit 164 packed")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "transmit", "", "1.5"})
    void whatIsNoNumberOfRoundsIsSaid(String rounds) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Selection.of(List.of(rounds)))
                .withMessageContaining("rounds '" + rounds + "' (expected: a number, 1 or more");
    }
}
