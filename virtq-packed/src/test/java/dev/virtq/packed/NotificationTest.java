package dev.virtq.packed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.testing.Clause;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Event suppression (sections 2.8.10, 2.8.14): the same structure both ways. */
@Clause("2.8.10")
class NotificationTest {
    private static final int ENABLE = 0;
    private static final int DISABLE = 1;
    private static final int DESC = 2;
    private static final int RESERVED = 3;

    @Nested
    class TheDriverByFlag {
        private final RingPair ring = RingPair.of(5);
        private final int id = ring.driver.reserve(ring.small());

        @Test
        void itNotifiesUnlessTheDeviceSaysNo() {
            assertThat(wanted(ENABLE)).isTrue();
            assertThat(wanted(DISABLE)).isFalse();
        }

        @Test
        @Clause("2.8.14")
        void whatMeansNothingIsAYes() {
            assertThat(wanted(DESC)).isTrue(); // only with VIRTIO_F_EVENT_IDX
            assertThat(wanted(RESERVED)).isTrue();
            assertThat(wanted(0xfffc | ENABLE)).isTrue(); // 14 reserved bits
            assertThat(wanted(0xfffc | DISABLE)).isFalse();
        }

        @Test
        void itDoesNotNotifyTwiceOfOneChain() {
            assertThat(ring.driver.deviceWantsNotification()).isFalse();
            ring.driver.stage(id);
            assertThat(ring.driver.deviceWantsNotification()).isFalse();
            ring.driver.publish();
            assertThat(ring.driver.deviceWantsNotification()).isTrue();
            assertThat(ring.driver.deviceWantsNotification()).isFalse();
        }

        private boolean wanted(int flags) {
            ring.raw.deviceEvent(0x7abc, flags);
            ring.turn(id, 1);
            return ring.driver.deviceWantsNotification();
        }
    }

    @Nested
    class TheDeviceByFlag {
        private final RingPair ring = RingPair.of(5);
        private final int id = ring.driver.reserve(ring.small());

        @Test
        void itNotifiesUnlessTheDriverSaysNo() {
            assertThat(wanted(ENABLE)).isTrue();
            assertThat(wanted(DISABLE)).isFalse();
            assertThat(wanted(DESC)).isTrue();
            assertThat(wanted(RESERVED)).isTrue();
        }

        @Test
        void itDoesNotNotifyTwiceOfOneChain() {
            ring.driver.enableNotifications();
            ring.send(id);
            assertThat(ring.device.driverWantsNotification()).isFalse();
            assertThat(ring.device.take()).isTrue();
            ring.device.use(id, 0);
            assertThat(ring.device.driverWantsNotification()).isFalse();
            ring.device.publish();
            assertThat(ring.device.driverWantsNotification()).isTrue();
            assertThat(ring.device.driverWantsNotification()).isFalse();
        }

        private boolean wanted(int flags) {
            ring.raw.driverEvent(0x7abc, flags);
            ring.turn(id, 1);
            return ring.device.driverWantsNotification();
        }
    }

    /** Every position there is, from every position there is. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8})
    @Clause({"2.8.10", "2.8.14"})
    void aPositionIsDueWhenItsDescriptorIsAmongThoseThatWerePublished(int size) {
        EventSuppression events = new EventSuppression(size, true);
        for (int start = 0; start < 2 * size; start++) {
            for (int steps = 1; steps <= 2 * size; steps++) {
                List<Integer> passed = new ArrayList<>();
                RingPosition next = RingPosition.decode(size, encoded(size, start));
                for (int i = 0; i < steps; i++) {
                    passed.add(next.encoded());
                    next.advance(1);
                }
                for (int at = 0; at < 2 * size; at++) {
                    int event = encoded(size, at);
                    assertThat(events.isDue(DESC << 16 | event, next, steps))
                            .as("event %x, from %d, %d steps", event, start, steps)
                            .isEqualTo(passed.contains(event));
                }
            }
        }
    }

    @Nested
    class ByPosition {
        private final RingPair ring = RingPair.of(5, CommonFeature.EVENT_IDX);
        private final int id = ring.driver.reserve(ring.small());

        @Test
        void enableAndDisableCountHereToo() {
            ring.raw.deviceEvent(0x8003, ENABLE);
            ring.raw.driverEvent(0x8003, ENABLE);
            ring.turn(id, 1);
            assertThat(ring.driver.deviceWantsNotification()).isTrue();
            assertThat(ring.device.driverWantsNotification()).isTrue();
            ring.raw.deviceEvent(0x8001, DISABLE);
            ring.raw.driverEvent(0x8001, DISABLE);
            ring.turn(id, 1);
            assertThat(ring.driver.deviceWantsNotification()).isFalse();
            assertThat(ring.device.driverWantsNotification()).isFalse();
            ring.raw.deviceEvent(0, RESERVED);
            ring.raw.driverEvent(0, RESERVED);
            ring.turn(id, 1);
            assertThat(ring.driver.deviceWantsNotification()).isTrue();
            assertThat(ring.device.driverWantsNotification()).isTrue();
        }

        @Test
        void eachSideIsNotifiedOfTheDescriptorThatItAskedForAndOfNoOther() {
            for (int sent = 0; sent < 40; sent += 2) {
                int here = encoded(5, sent % 10);
                int next = encoded(5, (sent + 1) % 10);
                ring.raw.deviceEvent(here, DESC);
                ring.raw.driverEvent(next, DESC);
                ring.turn(id, 1);
                assertThat(ring.driver.deviceWantsNotification()).isTrue();
                assertThat(ring.device.driverWantsNotification()).isFalse();
                ring.raw.deviceEvent(here ^ 0x8000, DESC); // the other round
                ring.raw.driverEvent(next, DESC);
                ring.turn(id, 1);
                assertThat(ring.driver.deviceWantsNotification()).isFalse();
                assertThat(ring.device.driverWantsNotification()).isTrue();
            }
        }

        @Test
        void aDescriptorInTheMiddleOfAChainCounts() {
            int three = ring.driver.reserve(ring.chain(1, 1, -1));
            for (int event = 0; event < 4; event++) {
                RingPair fresh = RingPair.of(5, CommonFeature.EVENT_IDX);
                int chain = fresh.driver.reserve(fresh.chain(1, 1, -1));
                fresh.raw.deviceEvent(0x8000 | event, DESC);
                fresh.raw.driverEvent(0x8000 | event, DESC);
                fresh.turn(chain, 1);
                assertThat(fresh.driver.deviceWantsNotification()).isEqualTo(event < 3);
                assertThat(fresh.device.driverWantsNotification()).isEqualTo(event < 3);
            }
            ring.driver.release(three);
        }

        @Test
        void severalPublicationsAreJudgedTogetherAndOnlyOnce() {
            ring.raw.deviceEvent(0x8001, DESC);
            ring.raw.driverEvent(0x8001, DESC);
            ring.turn(id, 3);
            assertThat(ring.driver.deviceWantsNotification()).isTrue();
            assertThat(ring.device.driverWantsNotification()).isTrue();
            ring.turn(id, 7); // not as far as it was
            assertThat(ring.driver.deviceWantsNotification()).isFalse();
            assertThat(ring.device.driverWantsNotification()).isFalse();
            ring.turn(id, 2);
            assertThat(ring.driver.deviceWantsNotification()).isTrue();
            assertThat(ring.device.driverWantsNotification()).isTrue();
        }

        @Test
        void whenMoreThanTwoRoundsWentByItNotifies() {
            for (long turns : new long[] {9, 10, 11, 100_001}) {
                RingPair fresh = RingPair.of(5, CommonFeature.EVENT_IDX);
                int chain = fresh.driver.reserve(fresh.small());
                fresh.raw.deviceEvent(encoded(5, 9), DESC);
                fresh.raw.driverEvent(encoded(5, 9), DESC);
                fresh.turn(chain, turns);
                assertThat(fresh.driver.deviceWantsNotification()).isEqualTo(turns >= 10);
                assertThat(fresh.device.driverWantsNotification()).isEqualTo(turns >= 10);
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {5, 6, 0x7fff, 0x8005, 0xffff})
        void aPositionOutsideTheRingIsAYes(int position) {
            ring.raw.deviceEvent(position, DESC);
            ring.raw.driverEvent(position, DESC);
            ring.turn(id, 1);
            assertThat(ring.driver.deviceWantsNotification()).isTrue();
            assertThat(ring.device.driverWantsNotification()).isTrue();
        }

        @Test
        void whoLooksAwayIsNotNotified() {
            ring.device.disableNotifications();
            ring.driver.disableNotifications();
            for (int i = 0; i < 100; i++) {
                ring.turn(id, 1);
                assertThat(ring.driver.deviceWantsNotification()).isFalse();
                assertThat(ring.device.driverWantsNotification()).isFalse();
            }
        }

        @Test
        void whoAsksIsNotifiedOfTheNextChainAndNotOfTheOneAfterIt() {
            for (int i = 0; i < 100; i++) {
                assertThat(ring.driver.enableNotifications()).isFalse();
                assertThat(ring.device.enableNotifications()).isFalse();
                int here = ring.driver.nextAvailable();
                assertThat(ring.raw.deviceEventPosition()).isEqualTo(here);
                assertThat(ring.raw.driverEventPosition()).isEqualTo(here);
                assertThat(ring.raw.deviceEventFlags()).isEqualTo(DESC);
                assertThat(ring.raw.driverEventFlags()).isEqualTo(DESC);
                ring.turn(id, 1);
                assertThat(ring.driver.deviceWantsNotification()).isTrue();
                assertThat(ring.device.driverWantsNotification()).isTrue();
                ring.turn(id, 1);
                assertThat(ring.driver.deviceWantsNotification()).isFalse();
                assertThat(ring.device.driverWantsNotification()).isFalse();
            }
        }
    }

    /** {@return a position, counted over two rounds} */
    private static int encoded(int size, int position) {
        return position < size ? 0x8000 | position : position - size;
    }
}
