package dev.virtq.split;

import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.ChainView;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.ring.IndirectUse;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Pictures of a ring whose descriptors go around the table, and whose used ring has gaps. */
class InOrderSnapshotTest {
    private final RingPair ring = RingPair.of(8, CommonFeature.IN_ORDER);

    @Test
    void theDriverShowsEachChainAtItsHeadAndNoneThatIsNowhere() {
        int taken = ring.driver.reserve(ring.chain(1, -8));
        ring.turn(taken, 3); // the next slot is 6
        int device = ring.driver.reserve(ring.chain(1, -8));
        int staged = ring.driver.reserve(ring.chain(1, -8));
        ring.driver.reserve(ring.chain(-8)); // prepared: it has no descriptors yet
        ring.send(device);
        ring.driver.stage(staged);

        QueueSnapshot picture = ring.driver.snapshot();
        assertThat(picture.anomalies()).isEmpty();
        assertThat(picture.inferred()).isEmpty();
        assertThat(picture.chains()).extracting(ChainView::id).containsExactly(0, 6);
        assertThat(picture.chains())
                .extracting(ChainView::owner)
                .containsExactly(Owner.STAGED, Owner.DEVICE);
        assertThat(picture.slots())
                .extracting(QueueSnapshot.Slot::owner)
                .containsExactly(
                        Owner.STAGED,
                        Owner.STAGED,
                        Owner.FREE,
                        Owner.FREE,
                        Owner.FREE,
                        Owner.FREE,
                        Owner.DEVICE,
                        Owner.DEVICE);
    }

    @Test
    void aBatchIsUsedAsAWholeAndOnlyItsLastChainHasALength() {
        int[] ids = send(6);
        ring.raw.usedEntry(0, 2, 7);
        ring.raw.usedEntry(1, 0xffff, 0xffff); // skipped: whatever it is
        ring.raw.usedEntry(3, 4, 5);
        ring.raw.usedIndex(5);
        QueueSnapshot picture = ring.driver.snapshot();
        shows(picture, Owner.USED, 0, 1, 2, 3, 4);
        shows(picture, Owner.DEVICE, 5);
        assertThat(picture.chains())
                .extracting(ChainView::usedLength)
                .containsExactly(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(7L),
                        Optional.empty(),
                        Optional.of(5L),
                        Optional.empty());

        assertThat(ring.driver.poll()).isEqualTo(ids[0]);
        ring.raw.usedEntry(0, 5, 1); // what was read is what counts
        picture = ring.driver.snapshot();
        shows(picture, Owner.USED, 1, 2, 3, 4);
        shows(picture, Owner.DEVICE, 5);
        assertThat(picture.chains().get(1).usedLength()).contains(7L);
        assertThat(picture.chains().get(3).usedLength()).contains(5L);
    }

    @Test
    void aBatchThatCannotBeIsNotedAndWhatFollowsItIsNotGuessed() {
        send(4);
        ring.raw.usedEntry(0, 1, 0);
        ring.raw.usedEntry(2, 3, 0); // two chains, and the index covers one
        ring.raw.usedIndex(3);
        QueueSnapshot picture = ring.driver.snapshot();
        assertThat(picture.anomalies())
                .containsExactly("used entry 2 names chain 3, which is not in flight (2.7.8)");
        shows(picture, Owner.USED, 0, 1);
        ring.raw.usedEntry(2, 77, 0);
        assertThat(ring.driver.snapshot().anomalies())
                .containsExactly("used entry 2 names chain 77, which is not in flight (2.7.8)");
    }

    @Test
    void fromMemoryAloneTheChainsOfTheDeviceAreTheNewestWhateverTheUsedRingHolds() {
        int[] ids = send(8);
        for (int round = 0; round < 30; round++) {
            ring.raw.used.asSlice(4).fill((byte) round); // old entries, as batches leave them
            ring.raw.usedEntry(3 * round, (3 * round + 2) % 8, 0);
            ring.raw.usedIndex(3 * round + 3);
            QueueSnapshot picture = look();
            assertThat(picture.anomalies()).isEmpty();
            assertThat(picture.chains()).hasSize(5).allMatch(it -> it.owner() == Owner.DEVICE);
            for (int i = 3; i < 8; i++) {
                int head = (3 * round + i) % 8;
                assertThat(picture.chains()).anyMatch(it -> it.id() == head);
            }
            assertThat(picture.inferred())
                    .containsExactly(
                            "which chains the driver has prepared, or taken from the used ring,"
                                    + " is its secret");
            for (int i = 0; i < 3; i++) {
                assertThat(ring.driver.poll()).isEqualTo(ids[(3 * round + i) % 8]);
                ring.send(ids[(3 * round + i) % 8]);
            }
        }
    }

    @Test
    void fromMemoryAloneWhatBreaksARuleIsNoted() {
        ring.raw.putDescriptor(0, ring.address(8), 8, 0, 0);
        ring.raw.makeAvailable(0);
        ring.raw.makeAvailable(0);
        assertThat(look().anomalies())
                .containsExactly("chain 0 was made available again and is not used (2.7.13)");
        assertThat(look().chains()).hasSize(1);
        ring.raw.availableEntry(1, 9);
        assertThat(look().anomalies())
                .containsExactly("available entry 1 names chain 9 (expected: 0..7; 2.7.6)");
        ring.raw.availableIndex(9);
        assertThat(look().chains()).isEmpty();
        assertThat(look().anomalies()).anyMatch(it -> it.contains("9 chains are outstanding"));
    }

    @Test
    void aDriversOwnPictureSurvivesWhateverTheDeviceWrote() {
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            RingPair victim =
                    new RingPair(
                            16,
                            FeatureSet.of(
                                    CommonFeature.IN_ORDER,
                                    CommonFeature.INDIRECT_DESC,
                                    CommonFeature.EVENT_IDX),
                            IndirectUse.WHEN_SLOTS_ARE_SHORT,
                            RingPair.memory(64 << 10));
            int[] ids = victim.reserve(5);
            for (int i = 0; i < 3; i++) {
                victim.send(ids[i]);
            }
            victim.driver.stage(ids[3]);
            victim.raw.usedEntry(0, 1, 0);
            victim.raw.usedIndex(2);
            assertThat(victim.driver.poll()).isEqualTo(ids[0]); // in the middle of a batch
            for (MemorySegment area :
                    new MemorySegment[] {
                        victim.raw.descriptors, victim.raw.available, victim.raw.used
                    }) {
                for (long i = 0; i < area.byteSize(); i++) {
                    if (random.nextInt(3) == 0) {
                        area.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(-1, 8));
                    }
                }
            }
            QueueSnapshot picture = victim.driver.snapshot();
            assertThat(picture.chains()).as("seed %d", seed).extracting(ChainView::id).contains(1);
            assertThat(picture.chains()).hasSize(3);
            assertThat(picture.chains().getLast().owner()).isEqualTo(Owner.STAGED);
        }
    }

    private int[] send(int count) {
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) {
            ids[i] = ring.driver.reserve(ring.chain(-8));
            ring.send(ids[i]);
        }
        return ids;
    }

    private QueueSnapshot look() {
        return ring.format.snapshot(1, ring.setup, ring.accepted, ring.memory);
    }

    private static void shows(QueueSnapshot picture, Owner owner, Integer... heads) {
        assertThat(picture.chains())
                .filteredOn(it -> it.owner() == owner)
                .extracting(ChainView::id)
                .containsExactly(heads);
    }
}
