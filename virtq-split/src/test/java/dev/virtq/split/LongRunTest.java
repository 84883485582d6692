package dev.virtq.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.BufferList;
import dev.virtq.queue.Transfer;
import dev.virtq.queue.TransferState;
import dev.virtq.queue.TransferToken;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.ring.contract.LoopQueue;
import dev.virtq.testing.Clause;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What 16 bits cannot count, and batches of every length. */
@Timeout(60)
class LongRunTest {
    @ParameterizedTest
    @CsvSource({"1, false", "2, false", "4, false", "1, true", "2, true", "4, true"})
    @Clause({"2.7.6", "2.7.8"})
    void idsOfSendingsGoOnWhereTheIndicesOfTheRingWrap(int slots, boolean inOrder)
            throws Exception {
        LoopQueue loop = new LoopQueue(new SplitFormat(), slots, features(inOrder), Duration.ZERO);
        TransferToken token = loop.queue.prepare(BufferList.send(loop.memory.allocate(8)));
        Transfer old = token.send(); // a handle that lives through the whole run
        assertThat(old.id()).isOne();
        assertThat(loop.ring.publish()).isOne();
        assertThat(loop.step()).isTrue();
        assertThat(old.await(Duration.ZERO)).isSameAs(token);
        for (long id = 2; id <= 140_000; id++) {
            if (id % 3 == 0) {
                Transfer transfer = token.send();
                assertThat(transfer.id()).isEqualTo(id);
                assertThat(transfer.poll()).isFalse();
                loop.queue.flush();
                assertThat(loop.step()).isTrue();
                assertThat(transfer.await(Duration.ZERO)).isSameAs(token);
            } else {
                assertThat(token.submit()).isEqualTo(id);
                loop.queue.flush();
                assertThat(loop.step()).isTrue();
                assertThat(loop.queue.poll()).isSameAs(token);
            }
            if (id == 65_537 || id == 131_073) { // as the ring counts, this is the first again
                assertThatThrownBy(old::poll)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("sent again as " + id);
            }
        }
        assertThat(loop.ring.nextAvailable()).isEqualTo(140_000 & 0xffff);
        assertThat(token.id()).isEqualTo(140_000);
        assertThat(token.state()).isEqualTo(TransferState.COMPLETED);
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void handlesOfSendingsOnEachSideOfTheWrapAreToldApart(boolean inOrder) throws Exception {
        LoopQueue loop = new LoopQueue(new SplitFormat(), 8, features(inOrder), Duration.ZERO);
        TransferToken filler = loop.prepare(8, 8);
        for (int i = 0; i < 65_534; i++) {
            filler.submit();
            loop.queue.flush();
            loop.step();
            assertThat(loop.queue.poll()).isSameAs(filler);
        }
        Transfer[] transfers = new Transfer[4]; // at 65534, 65535, 0 and 1
        for (int i = 0; i < 4; i++) {
            TransferToken token = loop.prepare(8, 8);
            LoopQueue.fill(token, i);
            transfers[i] = token.send();
        }
        loop.queue.flush();
        while (loop.step()) {
            // serves all four
        }
        for (int i = 3; i >= 0; i--) {
            assertThat(transfers[i].id()).isEqualTo(65_535 + i);
            TransferToken token = transfers[i].await(Duration.ZERO);
            assertThat(LoopQueue.answer(token)).isEqualTo(i);
        }
        assertThat(loop.ring.nextAvailable()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    @Clause({"2.7.13", "2.7.6.1#1"})
    void aBatchOfAnyLengthBecomesVisibleAtOnce(boolean inOrder) {
        RingPair ring = new RingPair(64, features(inOrder), IndirectUse.NEVER, RingPair.memory());
        int[] ids = ring.reserve(64);
        int count = 0;
        for (int round = 0; round < 40; round++) { // 83,200 chains: past the end of the index
            for (int length = 1; length <= 64; length++) {
                for (int i = 0; i < length; i++) {
                    ring.driver.stage(ids[i]);
                    assertThat(ring.raw.availableIndex()).isEqualTo(count & 0xffff);
                }
                assertThat(ring.driver.publish()).isEqualTo(length);
                count += length;
                assertThat(ring.raw.availableIndex()).isEqualTo(count & 0xffff);
                for (int i = 0; i < length; i++) {
                    assertThat(ring.device.take()).isTrue();
                    ring.device.use(ring.device.chain().id(), 0);
                }
                assertThat(ring.device.take()).isFalse();
                ring.device.publish();
                for (int i = 0; i < length; i++) {
                    assertThat(ring.driver.poll()).isEqualTo(ids[i]);
                }
                assertThat(ring.driver.poll()).isEqualTo(-1);
            }
        }
    }

    @Test
    void aQueueOfOneEntryHasOneTransferAtATimeAndEveryFeature() {
        FeatureSet all =
                FeatureSet.of(
                        CommonFeature.IN_ORDER,
                        CommonFeature.EVENT_IDX,
                        CommonFeature.INDIRECT_DESC);
        Set<Integer> seen = new HashSet<>();
        for (FeatureSet accepted : new FeatureSet[] {FeatureSet.EMPTY, all}) {
            RingPair ring =
                    new RingPair(1, accepted, IndirectUse.WHEN_IT_SAVES_SLOTS, RingPair.memory());
            int id = ring.driver.reserve(ring.small());
            assertThat(ring.driver.room()).isZero();
            for (int i = 0; i < 70_000; i++) {
                assertThat(ring.driver.enableNotifications()).isFalse();
                ring.device.enableNotifications();
                ring.driver.stage(id);
                ring.driver.unstage(id);
                ring.send(id);
                assertThat(ring.driver.deviceWantsNotification()).isTrue();
                seen.add(ring.serve(0));
                assertThat(ring.device.driverWantsNotification()).isTrue();
                assertThat(ring.driver.poll()).isEqualTo(id);
            }
        }
        assertThat(seen).containsExactly(0);
    }

    private static FeatureSet features(boolean inOrder) {
        FeatureSet tables = FeatureSet.of(CommonFeature.INDIRECT_DESC);
        return inOrder ? tables.with(CommonFeature.IN_ORDER) : tables;
    }
}
