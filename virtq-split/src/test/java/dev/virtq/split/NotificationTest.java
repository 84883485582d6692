package dev.virtq.split;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.testing.Clause;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NotificationTest {
    /** Section 2.7.10: the driver asks the device's flag, or its event index. */
    @Nested
    class TheDriverByFlag {
        private final RingPair ring = RingPair.of(8);
        private final int id = ring.driver.reserve(ring.small());

        @Test
        @Clause("2.7.10.1#1")
        void theDevicesFlagsStartAtZeroWhateverTheMemoryHeldBefore() {
            assertThat(ring.raw.usedFlags()).isZero();
            ring.raw.usedFlags(1);
            ring.driver.restart();
            assertThat(ring.raw.usedFlags()).isZero();
        }

        @Test
        @Clause("2.7.10.1#4")
        void itNotifiesWhenTheFlagIsZero() {
            ring.send(id);
            assertThat(ring.driver.deviceWantsNotification()).isTrue();
        }

        @Test
        @Clause({"2.7.10.1#3", "2.7.10.2#2"})
        void itDoesNotNotifyWhenTheFlagIsOne() {
            ring.device.disableNotifications();
            assertThat(ring.raw.usedFlags()).isEqualTo(1);
            ring.send(id);
            assertThat(ring.driver.deviceWantsNotification()).isFalse();
        }

        @Test
        @Clause("2.7.10.1#2")
        void itIgnoresTheEventIndex() {
            ring.raw.availEvent(5000);
            ring.send(id);
            assertThat(ring.driver.deviceWantsNotification()).isTrue();
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

        @Test
        @Clause("2.7.10.2#1")
        void theDeviceWritesZeroOrOne() {
            ring.device.disableNotifications();
            assertThat(ring.raw.usedFlags()).isEqualTo(1);
            ring.device.enableNotifications();
            assertThat(ring.raw.usedFlags()).isZero();
        }
    }

    @Nested
    class TheDriverByEventIndex {
        private final RingPair ring = RingPair.of(8, CommonFeature.EVENT_IDX);
        private final int id = ring.driver.reserve(ring.small());

        @Test
        @Clause("2.7.10.1#5")
        void itIgnoresTheFlag() {
            ring.raw.usedFlags(1);
            ring.raw.availEvent(0);
            ring.send(id);
            assertThat(ring.driver.deviceWantsNotification()).isTrue();
        }

        @Test
        @Clause({"2.7.10.1#6", "2.7.10.1#7", "2.7.10.2#4"})
        void itNotifiesWhenTheIndexThatWasAskedForIsWritten() {
            for (int sent = 0; sent < 70000; sent += 2) {
                int index = sent & 0xffff;
                ring.raw.availEvent(index);
                ring.send(id);
                assertThat(ring.driver.deviceWantsNotification()).isTrue();
                turnBack();
                ring.raw.availEvent(index); // has been passed
                ring.send(id);
                assertThat(ring.driver.deviceWantsNotification()).isFalse();
                turnBack();
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 65530, 65531, 65535})
        @Clause("2.7.10.1#6")
        void aBatchNotifiesWhenAnyOfItsEntriesIsTheOneThatWasAskedFor(int start) {
            int[] ids = ring.reserve(6);
            ring.turn(id, start);
            ring.driver.deviceWantsNotification();
            for (int event = -3; event < 9; event++) {
                ring.raw.availEvent((int) (sentBefore(ring) + event));
                for (int each : ids) {
                    ring.driver.stage(each);
                }
                ring.driver.publish();
                assertThat(ring.driver.deviceWantsNotification())
                        .as("event at entry %d of 6", event)
                        .isEqualTo(event >= 0 && event < 6);
                for (int each : ids) {
                    assertThat(ring.serve(0)).isEqualTo(each);
                    assertThat(ring.driver.poll()).isEqualTo(each);
                }
            }
        }

        @Test
        void severalPublicationsAreJudgedTogether() {
            int[] ids = ring.reserve(3);
            ring.raw.availEvent(1);
            for (int each : ids) {
                ring.send(each);
            }
            assertThat(ring.driver.deviceWantsNotification()).isTrue();
        }

        @Test
        void whenTheEventCannotBeJudgedAnyMoreItNotifies() {
            ring.raw.availEvent(ring.raw.availableIndex() - 1); // far ahead: 65535 entries
            ring.turn(id, 65535);
            assertThat(ring.driver.deviceWantsNotification()).isFalse();

            ring.raw.availEvent(ring.raw.availableIndex() - 1);
            ring.turn(id, 65536);
            assertThat(ring.driver.deviceWantsNotification()).isTrue();

            ring.turn(id, 65536 + 3); // would be 3 in 16 bits
            ring.raw.availEvent(ring.raw.availableIndex() - 10);
            assertThat(ring.driver.deviceWantsNotification()).isTrue();
        }

        @Test
        @Clause("2.7.10.2#3")
        void theDeviceLeavesItsFlagsAlone() {
            ring.device.disableNotifications();
            assertThat(ring.raw.usedFlags()).isZero();
            ring.device.enableNotifications();
            assertThat(ring.raw.usedFlags()).isZero();
        }

        @Test
        void aDeviceThatLooksAwayIsNotNotified() {
            ring.device.disableNotifications();
            for (int i = 0; i < 1000; i++) {
                ring.send(id);
                assertThat(ring.driver.deviceWantsNotification()).isFalse();
                turnBack();
            }
            assertThat(ring.device.enableNotifications()).isFalse();
            ring.send(id);
            assertThat(ring.driver.deviceWantsNotification()).isTrue();
        }

        private void turnBack() {
            ring.serve(0);
            assertThat(ring.driver.poll()).isEqualTo(id);
        }

        private static long sentBefore(RingPair ring) {
            return ring.raw.availableIndex();
        }
    }

    /** Section 2.7.7: the same the other way. */
    @Nested
    class TheDeviceByFlag {
        private final RingPair ring = RingPair.of(8);
        private final int id = ring.driver.reserve(ring.small());

        @Test
        @Clause({"2.7.7.1#1", "2.7.7.1#2"})
        void theDriverWritesZeroOrOne() {
            ring.driver.disableNotifications();
            assertThat(ring.raw.availableFlags()).isEqualTo(1);
            ring.driver.enableNotifications();
            assertThat(ring.raw.availableFlags()).isZero();
        }

        @Test
        @Clause("2.7.7.2#3")
        void itNotifiesWhenTheFlagIsZero() {
            ring.driver.enableNotifications();
            ring.send(id);
            ring.serve(0);
            assertThat(ring.device.driverWantsNotification()).isTrue();
            assertThat(ring.device.driverWantsNotification()).isFalse();
        }

        @Test
        @Clause("2.7.7.2#2")
        void itDoesNotNotifyWhenTheFlagIsOne() {
            ring.driver.disableNotifications();
            ring.send(id);
            ring.serve(0);
            assertThat(ring.device.driverWantsNotification()).isFalse();
        }

        @Test
        @Clause("2.7.7.2#1")
        void itIgnoresTheEventIndex() {
            ring.driver.enableNotifications();
            ring.raw.usedEvent(5000);
            ring.send(id);
            ring.serve(0);
            assertThat(ring.device.driverWantsNotification()).isTrue();
        }
    }

    @Nested
    class TheDeviceByEventIndex {
        private final RingPair ring = RingPair.of(8, CommonFeature.EVENT_IDX);
        private final int id = ring.driver.reserve(ring.small());

        @Test
        @Clause("2.7.7.1#3")
        void theDriverLeavesItsFlagsAtZero() {
            assertThat(ring.raw.availableFlags()).isZero();
            ring.driver.disableNotifications();
            assertThat(ring.raw.availableFlags()).isZero();
            ring.driver.enableNotifications();
            assertThat(ring.raw.availableFlags()).isZero();
        }

        @Test
        @Clause("2.7.7.2#4")
        void itIgnoresTheFlag() {
            ring.driver.enableNotifications();
            ring.raw.availableFlags(1);
            ring.send(id);
            ring.serve(0);
            assertThat(ring.device.driverWantsNotification()).isTrue();
        }

        @Test
        @Clause({"2.7.7.2#5", "2.7.7.2#6", "2.7.7.1#4"})
        void itNotifiesWhenTheIndexThatWasAskedForIsWritten() {
            for (int i = 0; i < 70000; i++) {
                assertThat(ring.driver.enableNotifications()).isFalse();
                assertThat(ring.raw.usedEvent()).isEqualTo(ring.raw.usedIndex());
                ring.send(id);
                ring.serve(0);
                assertThat(ring.device.driverWantsNotification()).isTrue();
                assertThat(ring.driver.poll()).isEqualTo(id);
                ring.send(id);
                ring.serve(0);
                assertThat(ring.device.driverWantsNotification()).isFalse();
                assertThat(ring.driver.poll()).isEqualTo(id);
            }
        }

        @Test
        void aDriverThatLooksAwayIsNotNotified() {
            ring.driver.disableNotifications();
            for (int i = 0; i < 1000; i++) {
                ring.send(id);
                ring.serve(0);
                assertThat(ring.device.driverWantsNotification()).isFalse();
                assertThat(ring.driver.poll()).isEqualTo(id);
            }
        }

        @Test
        void whenTheEventCannotBeJudgedAnyMoreItNotifies() {
            ring.raw.usedEvent(ring.raw.usedIndex() - 1);
            ring.turn(id, 65535);
            assertThat(ring.device.driverWantsNotification()).isFalse();
            ring.raw.usedEvent(ring.raw.usedIndex() - 1);
            ring.turn(id, 65536);
            assertThat(ring.device.driverWantsNotification()).isTrue();
        }
    }
}
