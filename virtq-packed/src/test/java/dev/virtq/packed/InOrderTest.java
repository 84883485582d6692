package dev.virtq.packed;

import static dev.virtq.packed.RawRing.AVAIL;
import static dev.virtq.packed.RawRing.NEXT;
import static dev.virtq.packed.RawRing.USED;
import static dev.virtq.packed.RawRing.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.DeviceFaultException;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.testing.Clause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** VIRTIO_F_IN_ORDER (section 2.8.8): one used descriptor may stand for a batch. */
@Clause("2.8.8")
class InOrderTest {
    private final RingPair ring = RingPair.of(5, CommonFeature.IN_ORDER);
    private final int one = ring.driver.reserve(ring.chain(-8));
    private final int two = ring.driver.reserve(ring.chain(16, -16));
    private final int three = ring.driver.reserve(ring.chain(-32));

    @Test
    void aBatchIsToldOfByOneDescriptorWithTheIdOfItsLastChain() {
        sendAndTakeAll();
        ring.device.use(three, 5);
        assertThat(ring.raw.flags(0)).isEqualTo(WRITE | AVAIL);
        ring.device.publish();
        assertThat(ring.raw.descriptor(0).id()).isEqualTo(three);
        assertThat(ring.raw.descriptor(0).length()).isEqualTo(5);
        assertThat(ring.raw.flags(0)).isEqualTo(USED | AVAIL | WRITE);
        assertThat(ring.raw.flags(1)).isEqualTo(NEXT | AVAIL);
        assertThat(ring.raw.flags(2)).isEqualTo(WRITE | AVAIL);
        assertThat(ring.raw.flags(3)).isEqualTo(WRITE | AVAIL);
        assertThat(ring.raw.flags(4)).isZero();
    }

    @Test
    void theChainsOfABatchComeOneByOneAndSayWhichLengthsAreAssumed() {
        sendAndTakeAll();
        ring.device.use(three, 5);
        ring.device.publish();
        comesBack(one, 8, true);
        assertThat(ring.driver.inFlight()).isEqualTo(2);
        comesBack(two, 16, true);
        assertThat(ring.driver.inFlight()).isEqualTo(1);
        comesBack(three, 5, false);
        assertThat(ring.driver.inFlight()).isZero();
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
    }

    @Test
    void afterABatchBothSidesGoOnBehindItsLastSlot() {
        for (int round = 0; round < 20; round++) {
            sendAndTakeAll();
            ring.device.use(two, 1);
            ring.device.use(three, 2);
            ring.device.publish();
            int first = 4 * round % 5;
            assertThat(ring.raw.descriptor(first).id()).isEqualTo(two);
            assertThat(ring.raw.descriptor((first + 3) % 5).id()).isEqualTo(three);
            comesBack(one, 8, true);
            comesBack(two, 1, false);
            comesBack(three, 2, false);
            assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        }
    }

    @Test
    void aChainOfABatchThatOnlyReadsHasNoLength() {
        int reading = ring.driver.reserve(ring.chain(100));
        ring.send(reading);
        ring.send(one);
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.take()).isTrue();
        ring.device.use(one, 3);
        ring.device.publish();
        comesBack(reading, 0, true);
        comesBack(one, 3, false);
    }

    @Test
    void withoutBatchesEveryLengthIsTold() {
        sendAndTakeAll();
        ring.device.use(one, 1);
        ring.device.use(two, 2);
        ring.device.use(three, 3);
        ring.device.publish();
        comesBack(one, 1, false);
        comesBack(two, 2, false);
        comesBack(three, 3, false);
    }

    @Test
    void theDeviceEndCannotUseAgainWhatABatchHasUsed() {
        sendAndTakeAll();
        ring.device.use(two, 0);
        for (int id : new int[] {one, two}) {
            assertThatThrownBy(() -> ring.device.use(id, 0))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("chain " + id + " cannot be used");
        }
        ring.device.use(three, 0);
        ring.device.publish();
        comesBack(one, 8, true);
        comesBack(two, 0, false);
        comesBack(three, 0, false);
    }

    @Test
    void aDriverInTheMiddleOfABatchIsNotLetToSleep() {
        sendAndTakeAll();
        ring.device.use(two, 0);
        ring.device.publish();
        comesBack(one, 8, true);
        assertThat(ring.driver.enableNotifications()).isTrue();
        comesBack(two, 0, false);
        assertThat(ring.driver.enableNotifications()).isFalse();
    }

    @Test
    void whatABatchGaveBackCanBeSentBeforeTheRestOfItWasLookedAt() {
        sendAndTakeAll();
        ring.device.use(three, 9);
        ring.device.publish();
        comesBack(one, 8, true);
        ring.send(one);
        comesBack(two, 16, true);
        ring.send(two);
        assertThat(ring.driver.inFlight()).isEqualTo(3);
        comesBack(three, 9, false);
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        assertThat(ring.serve(4)).isEqualTo(one);
        assertThat(ring.serve(5)).isEqualTo(two);
        comesBack(one, 4, false);
        comesBack(two, 5, false);
    }

    @Test
    void aRestartForgetsTheRestOfABatch() {
        sendAndTakeAll();
        ring.device.use(two, 0);
        ring.device.publish();
        comesBack(one, 8, true);
        ring.driver.restart();
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        assertThat(ring.driver.enableNotifications()).isFalse();
        assertThat(ring.driver.inFlight()).isZero();
        ring.send(three);
        ring.raw.use(0, three, 1, USED | AVAIL | WRITE);
        comesBack(three, 1, false);
    }

    @Test
    @Clause("2.8.4")
    void theLengthOfABatchCountsForItsLastChainOnly() {
        sendAndTakeAll();
        ring.raw.use(0, two, 17, USED | AVAIL | WRITE);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(ring.driver::poll)
                    .isInstanceOf(DeviceFaultException.class)
                    .hasMessageContaining("17 bytes into chain " + two + ", which has room for 16");
            assertThat(ring.driver.inFlight()).isEqualTo(3);
        }
        ring.raw.use(0, two, 16, USED | AVAIL | WRITE);
        comesBack(one, 8, true);
        comesBack(two, 16, false);
    }

    @Test
    @Clause("2.8.13")
    void aBatchThatEndsWithAChainThatIsNotInFlightIsAFault() {
        ring.send(one);
        ring.send(two);
        ring.driver.stage(three);
        ring.raw.use(0, three, 0, USED | AVAIL);
        assertThatThrownBy(ring.driver::poll)
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("chain " + three + ", which is not in flight");
        assertThat(ring.driver.inFlight()).isEqualTo(2);
        ring.raw.use(0, two, 0, USED | AVAIL);
        comesBack(one, 8, true);
        comesBack(two, 0, false);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64, 255})
    void aWholeRingInOneBatchGoesRound(int size) {
        RingPair whole = RingPair.of(size, CommonFeature.IN_ORDER, CommonFeature.EVENT_IDX);
        int[] ids = whole.reserve(size);
        for (int round = 0; round < 5; round++) {
            whole.driver.enableNotifications();
            for (int id : ids) {
                whole.driver.stage(id);
            }
            assertThat(whole.driver.publish()).isEqualTo(size);
            while (whole.device.take()) {
                // takes them all
            }
            whole.device.use(ids[size - 1], 0);
            whole.device.publish();
            assertThat(whole.device.driverWantsNotification()).isTrue();
            for (int i = 0; i < size; i++) {
                assertThat(whole.driver.poll()).isEqualTo(ids[i]);
                assertThat(whole.driver.usedLengthIsAssumed()).isEqualTo(i < size - 1);
            }
            assertThat(whole.driver.poll()).isEqualTo(DriverRing.NOTHING);
        }
    }

    @Test
    void withoutTheFeatureAUsedDescriptorStandsForItsChainAlone() {
        RingPair free = RingPair.of(5);
        int[] ids = free.reserve(3);
        for (int id : ids) {
            free.send(id);
            assertThat(free.device.take()).isTrue();
        }
        free.device.use(ids[2], 0);
        free.device.publish();
        assertThat(free.driver.poll()).isEqualTo(ids[2]);
        assertThat(free.driver.usedLengthIsAssumed()).isFalse();
        assertThat(free.driver.poll()).isEqualTo(DriverRing.NOTHING);
        assertThat(free.driver.inFlight()).isEqualTo(2);
    }

    private void sendAndTakeAll() {
        for (int id : new int[] {one, two, three}) {
            ring.driver.stage(id);
        }
        assertThat(ring.driver.publish()).isEqualTo(3);
        for (int id : new int[] {one, two, three}) {
            assertThat(ring.device.take()).isTrue();
            assertThat(ring.device.chain().id()).isEqualTo(id);
        }
    }

    private void comesBack(int id, long length, boolean assumed) {
        assertThat(ring.driver.poll()).isEqualTo(id);
        assertThat(ring.driver.usedLength()).isEqualTo(length);
        assertThat(ring.driver.usedLengthIsAssumed()).isEqualTo(assumed);
    }
}
