package dev.virtq.packed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.testing.Clause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a device has used, and not published, is nothing to notify of (section 2.8.14). */
@Clause("2.8.14")
class UnpublishedNotificationTest {
    private static final int DESC = 2;
    private static final int WRAP = 1 << 15;

    private final RingPair ring = RingPair.of(4, CommonFeature.EVENT_IDX);
    private final int[] ids = ring.reserve(3);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void theDeviceJudgesByWhatItPublished(int slot) {
        send();
        ring.raw.driverEvent(WRAP | slot, DESC);
        ring.device.use(ids[0], 0);
        ring.device.use(ids[1], 0);
        ring.device.publish();
        ring.device.use(ids[2], 0);
        assertThat(ring.device.driverWantsNotification()).isEqualTo(slot < 2);
    }

    @Test
    void whatIsPublishedLaterIsJudgedThen() {
        send();
        ring.raw.driverEvent(WRAP | 2, DESC);
        ring.device.use(ids[0], 0);
        ring.device.publish();
        ring.device.use(ids[1], 0);
        ring.device.use(ids[2], 0);
        assertThat(ring.device.driverWantsNotification()).isFalse();
        ring.device.publish();
        assertThat(ring.device.driverWantsNotification()).isTrue();
    }

    private void send() {
        for (int id : ids) {
            ring.send(id);
            assertThat(ring.device.take()).isTrue();
        }
    }
}
