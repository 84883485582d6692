package dev.virtq.ring.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Between looking at the ring and going to sleep the other side may have worked. */
public abstract class LostWakeUpsContract implements RingUnderTest {
    /** For the tests of a format. */
    protected LostWakeUpsContract() {}

    /**
     * A driver asks, and then looks once more.
     *
     * @param eventIndex whether VIRTIO_F_EVENT_IDX was accepted
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    protected void aDriverThatAsksForNotificationsHearsOfWhatHappenedMeanwhile(boolean eventIndex) {
        for (int turns = 0; turns < 11; turns++) {
            BothEnds ring = pair(eventIndex).startingAt(turns);
            int id = ring.driver.reserve(ring.small());
            ring.driver.disableNotifications();
            ring.send(id);
            assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
            assertThat(ring.driver.enableNotifications()).isFalse();
            ring.driver.disableNotifications();
            ring.serve(0); // and sends no notification: nobody has asked yet
            assertThat(ring.device.driverWantsNotification()).isFalse();
            assertThat(ring.driver.enableNotifications()).isTrue();
            assertThat(ring.driver.poll()).isEqualTo(id);
            assertThat(ring.driver.enableNotifications()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDriverThatHasNotTakenEverythingIsNotLetToSleep(boolean eventIndex) {
        BothEnds ring = pair(eventIndex);
        int[] ids = ring.reserve(2);
        for (int id : ids) {
            ring.send(id);
            ring.serve(0);
        }
        assertThat(ring.driver.poll()).isEqualTo(ids[0]);
        assertThat(ring.driver.enableNotifications()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDeviceThatAsksForNotificationsHearsOfWhatHappenedMeanwhile(boolean eventIndex) {
        for (int turns = 0; turns < 11; turns++) {
            BothEnds ring = pair(eventIndex).startingAt(turns);
            int id = ring.driver.reserve(ring.small());
            ring.device.disableNotifications();
            assertThat(ring.device.take()).isFalse();
            ring.send(id); // and sends no notification: nobody has asked yet
            assertThat(ring.driver.deviceWantsNotification()).isFalse();
            assertThat(ring.device.enableNotifications()).isTrue();
            assertThat(ring.device.take()).isTrue();
            assertThat(ring.device.enableNotifications()).isFalse();
        }
    }

    /**
     * A notification is a hint, not a promise.
     *
     * @param eventIndex whether VIRTIO_F_EVENT_IDX was accepted
     */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    protected void aSpuriousNotificationFindsNothingAndDoesNoHarm(boolean eventIndex) {
        BothEnds ring = pair(eventIndex);
        int id = ring.driver.reserve(ring.small());
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        assertThat(ring.device.take()).isFalse();
        ring.send(id);
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        ring.serve(0);
        assertThat(ring.device.take()).isFalse();
        assertThat(ring.driver.poll()).isEqualTo(id);
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
    }

    private BothEnds pair(boolean eventIndex) {
        return ring(
                5,
                eventIndex ? FeatureSet.of(CommonFeature.EVENT_IDX) : FeatureSet.EMPTY,
                IndirectUse.NEVER,
                BothEnds.memory());
    }
}
