package dev.virtq.drivers.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameLimitsTest {
    @Test
    void receiveBuffersHoldWhatTheStandardAsksForAndTheMtu() {
        assertThat(new FrameLimits(68).receiveBufferSize()).isEqualTo(1526);
        assertThat(new FrameLimits(1500).receiveBufferSize()).isEqualTo(1526);
        assertThat(new FrameLimits(9000).receiveBufferSize()).isEqualTo(9026);
        assertThat(new FrameLimits(65535).receiveBufferSize()).isEqualTo(65561);
    }

    @ParameterizedTest
    @ValueSource(longs = {14, 60, 1514})
    void whatFitsIsSendable(long length) {
        assertThat(new FrameLimits(1500).checkSendable(length)).isEqualTo((int) length);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 13, 1515, 1L << 32})
    void whatDoesNotFitIsOneLine(long length) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FrameLimits(1500).checkSendable(length))
                .withMessage(
                        "a frame of %d bytes (expected: 14..1514, as the MTU is 1500)", length);
    }
}
