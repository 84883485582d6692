package dev.virtq.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.testing.Clause;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches of used chains that one entry tells of (2.7.9), from both ends. */
@Clause("2.7.9")
class InOrderBatchTest {
    private final RingPair ring = RingPair.of(8, CommonFeature.IN_ORDER);

    @Test
    void aBatchHasOneEntryWhereItsFirstChainsWouldBe() {
        send(4, 8);
        takeAll();
        ring.device.use(2, 5); // three chains, the last of them at slot 2
        ring.device.publish();
        assertThat(ring.raw.usedIndex()).isEqualTo(3);
        assertThat(ring.raw.usedId(0)).isEqualTo(2);
        assertThat(ring.raw.usedLength(0)).isEqualTo(5);
        assertThat(ring.raw.usedId(1)).isZero(); // never written
        assertThat(ring.raw.usedId(2)).isZero();
        ring.device.use(3, 6);
        ring.device.publish();
        assertThat(ring.raw.usedIndex()).isEqualTo(4);
        assertThat(ring.raw.usedId(3)).isEqualTo(3);
    }

    @Test
    void whatABatchDoesNotTellIsAssumed() {
        int[] ids = send(3, 8);
        ring.raw.usedEntry(0, 2, 5);
        ring.raw.usedIndex(3);
        gives(ids[0], 8, true);
        gives(ids[1], 8, true);
        gives(ids[2], 5, false);
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
    }

    @Test
    void aSingleChainIsABatchToo() {
        int[] ids = send(3, 8);
        for (int i = 0; i < 3; i++) {
            ring.raw.use(i, i);
            gives(ids[i], i, false);
        }
    }

    @Test
    void entriesThatABatchSkippedAreNeverRead() {
        int[] ids = send(8, 8);
        for (int slot = 0; slot < 8; slot++) {
            ring.raw.usedEntry(slot, 0xffff_ffff, 0xffff_ffffL);
        }
        ring.raw.usedEntry(0, 2, 1);
        ring.raw.usedEntry(3, 3, 2);
        ring.raw.usedEntry(4, 7, 3);
        ring.raw.usedIndex(8);
        gives(ids[0], 8, true);
        gives(ids[1], 8, true);
        gives(ids[2], 1, false);
        gives(ids[3], 2, false);
        gives(ids[4], 8, true);
        gives(ids[5], 8, true);
        gives(ids[6], 8, true);
        gives(ids[7], 3, false);
        assertThat(ring.driver.inFlight()).isZero();
    }

    @Test
    void anEntryThatChangesAfterItsBatchWasBegunChangesNothing() {
        int[] ids = send(3, 8);
        ring.raw.usedEntry(0, 2, 5);
        ring.raw.usedIndex(3);
        gives(ids[0], 8, true);
        ring.raw.usedEntry(0, 1, 7);
        ring.raw.usedEntry(1, 0, 7);
        ring.raw.usedIndex(0);
        gives(ids[1], 8, true);
        gives(ids[2], 5, false);
    }

    @Test
    void chainsOfABatchCanBeSentAgainBeforeAllOfItWasTaken() {
        int[] ids = send(8, 8);
        int slot = 0;
        for (int round = 0; round < 9000; round++) {
            int last = (slot + 4) % 8;
            ring.raw.usedEntry(5 * round, last, 1);
            ring.raw.usedIndex(5 * (round + 1));
            for (int i = 0; i < 5; i++) {
                int id = ids[(5 * round + i) % 8];
                gives(id, i < 4 ? 8 : 1, i < 4);
                ring.send(id);
                assertThat(ring.raw.availableEntry(5 * round + i + 8)).isEqualTo(slot);
                slot = (slot + 1) % 8;
            }
        }
        assertThat(ring.driver.inFlight()).isEqualTo(8);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 65533, 65534, 65535, 65536})
    void aBatchMayCrossTheEndOfTheIndex(int before) {
        int first = ring.driver.reserve(ring.chain(1, -8));
        ring.turn(first, before);
        ring.driver.release(first);
        int[] ids = send(4, 8);
        takeAll();
        ring.device.use(ring.device.chain().id(), 3);
        ring.device.publish();
        assertThat(ring.raw.usedIndex()).isEqualTo((before + 4) & 0xffff);
        for (int i = 0; i < 4; i++) {
            gives(ids[i], i < 3 ? 8 : 3, i < 3);
        }
    }

    @Test
    void aBatchOfTheWholeLargestQueueGoesRound() {
        RingPair large =
                new RingPair(32768, ring.accepted, IndirectUse.NEVER, RingPair.memory(2 << 20));
        int[] ids = large.reserve(32768);
        for (int round = 0; round < 5; round++) {
            for (int id : ids) {
                large.driver.stage(id);
            }
            assertThat(large.driver.publish()).isEqualTo(32768);
            while (large.device.take()) {
                // all of them
            }
            large.device.use(large.device.chain().id(), 0);
            large.device.publish();
            for (int id : ids) {
                assertThat(large.driver.poll()).isEqualTo(id);
            }
            assertThat(large.driver.poll()).isEqualTo(DriverRing.NOTHING);
        }
    }

    @Test
    void aBatchThatIsHalfTakenStillCountsAsSomethingToTake() {
        int[] ids = send(2, 8);
        ring.raw.usedEntry(0, 1, 0);
        ring.raw.usedIndex(2);
        gives(ids[0], 8, true);
        assertThat(ring.driver.inFlight()).isOne();
        assertThat(ring.driver.enableNotifications()).isTrue();
        gives(ids[1], 0, false);
        assertThat(ring.driver.enableNotifications()).isFalse();
    }

    @Test
    @Clause({"2.7.7.2#5", "2.7.10.1#6"})
    void aBatchThatGoesPastTheEventNotifies() {
        RingPair events = RingPair.of(8, CommonFeature.IN_ORDER, CommonFeature.EVENT_IDX);
        int[] ids = events.reserve(4);
        events.raw.usedEvent(2);
        for (int id : ids) {
            events.driver.stage(id);
        }
        events.driver.publish();
        while (events.device.take()) {
            // all of them
        }
        events.device.use(1, 0);
        events.device.publish();
        assertThat(events.device.driverWantsNotification()).isFalse();
        events.device.use(3, 0);
        events.device.publish();
        assertThat(events.device.driverWantsNotification()).isTrue();
    }

    @Test
    @Clause("6.2#5")
    void theDeviceEndUsesInTheOrderInWhichItTook() {
        int[] ids = send(5, 8);
        takeAll();
        ring.device.use(1, 4);
        assertThatThrownBy(() -> ring.device.use(0, 4)) // was used with the one after it
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("chain 0 cannot be used");
        assertThatThrownBy(() -> ring.device.use(1, 4)).isInstanceOf(IllegalStateException.class);
        ring.device.use(4, 2);
        ring.device.publish();
        for (int i = 0; i < 5; i++) {
            gives(ids[i], i == 1 ? 4 : i == 4 ? 2 : 8, i != 1 && i != 4);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, -1, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void theDeviceEndRefusesToUseWhatItDidNotTake(int head) {
        for (RingPair pair : new RingPair[] {ring, RingPair.of(8)}) {
            int[] ids = pair.reserve(2);
            pair.send(ids[0]);
            pair.send(ids[1]);
            assertThatThrownBy(() -> pair.device.use(head, 0))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("chain %d cannot be used".formatted(head));
            pair.device.publish();
            assertThat(pair.raw.usedIndex()).isZero();
            pair.serve(0);
            assertThat(pair.driver.poll()).isEqualTo(ids[0]);
            assertThatThrownBy(() -> pair.device.use(pair.device.chain().id(), 0))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void theDeviceEndRefusesAChainThatItHasAlready() {
        for (RingPair pair : new RingPair[] {ring, RingPair.of(8)}) {
            pair.send(pair.driver.reserve(pair.small()));
            assertThat(pair.device.take()).isTrue();
            pair.raw.makeAvailable(0);
            assertThatThrownBy(pair.device::take)
                    .isInstanceOf(DriverFaultException.class)
                    .hasMessageContaining("chain 0 was made available again")
                    .hasMessageContaining("2.7.13");
            pair.device.use(0, 0);
            assertThat(pair.device.take()).isTrue();
        }
    }

    private int[] send(int count, int writable) {
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) {
            ids[i] = ring.driver.reserve(ring.chain(-writable));
            ring.driver.stage(ids[i]);
        }
        ring.driver.publish();
        return ids;
    }

    private void takeAll() {
        while (ring.device.take()) {
            // all of them
        }
    }

    private void gives(int id, long length, boolean assumed) {
        assertThat(ring.driver.poll()).isEqualTo(id);
        assertThat(ring.driver.usedLength()).isEqualTo(length);
        assertThat(ring.driver.usedLengthIsAssumed()).isEqualTo(assumed);
    }
}
