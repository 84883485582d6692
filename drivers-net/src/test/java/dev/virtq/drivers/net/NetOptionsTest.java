package dev.virtq.drivers.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class NetOptionsTest {
    @Test
    void theDefaultsFollowTheQueue() {
        assertThat(NetOptions.DEFAULT.receiveBuffersFor(256)).isEqualTo(256);
        assertThat(NetOptions.DEFAULT.transmitBuffersFor(256)).isEqualTo(64);
        assertThat(NetOptions.DEFAULT.transmitBuffersFor(16)).isEqualTo(8);
        assertThat(NetOptions.DEFAULT.transmitBuffersFor(1)).isEqualTo(1);
    }

    @Test
    void whatNoQueueHoldsIsRefused() {
        NetOptions options = NetOptions.DEFAULT.withBuffers(32, 33);
        assertThat(options.receiveBuffersFor(32)).isEqualTo(32);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options.transmitBuffersFor(32))
                .withMessage("33 transmit buffers (expected: at most 32, the queue's size)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NetOptions.DEFAULT.withBuffers(-1, 0))
                .withMessageContaining("-1 receive buffers");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NetOptions.DEFAULT.withSendTimeout(Duration.ofMillis(-1)))
                .withMessageContaining("expected: 0 or more");
    }
}
