package dev.virtq.benchmarks.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

class NumberedFramesTest {
    private final NumberedFrames frames = new NumberedFrames(4);

    @Test
    void eachComesBackOnceInAnyOrder() {
        for (int round = 0; round < 3; round++) {
            long first = frames.send();
            long second = frames.send();
            long third = frames.send();
            frames.takeBack(second);
            frames.takeBack(third);
            frames.takeBack(first);
        }
        assertThat(frames.sent()).isEqualTo(9);
        assertThat(frames.back()).isEqualTo(9);
        assertThat(frames.missing()).isEmpty();
    }

    @Test
    void oneThatComesBackTwiceIsFound() {
        frames.send();
        frames.takeBack(0);
        assertThatIllegalStateException()
                .isThrownBy(() -> frames.takeBack(0))
                .withMessage("frame 0 came back twice");
    }

    @Test
    void oneThatComesBackTwiceIsFoundWhenItsPlaceIsTaken() {
        frames.send();
        frames.takeBack(0);
        for (int i = 0; i < 4; i++) {
            frames.send();
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> frames.takeBack(0))
                .withMessage("frame 0 came back twice");
        frames.takeBack(4);
    }

    @Test
    void oneThatWasNeverSentIsFound() {
        frames.send();
        for (long number : new long[] {1, -1, 4, Long.MAX_VALUE}) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> frames.takeBack(number))
                    .withMessageContaining("was never sent");
        }
    }

    @Test
    void oneThatIsMissingKeepsItsPlace() {
        for (int i = 0; i < 4; i++) {
            frames.send();
        }
        frames.takeBack(0);
        frames.takeBack(2);
        frames.takeBack(3);
        frames.send();
        assertThat(frames.hasRoom()).isFalse();
        assertThat(frames.missing()).containsExactly(1L, 4L);
        assertThatIllegalStateException().isThrownBy(frames::send);
    }

    @Test
    void aWindowIsAPowerOfTwo() {
        assertThatIllegalArgumentException().isThrownBy(() -> new NumberedFrames(6));
    }
}
