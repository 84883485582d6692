package dev.virtq.split;

import static dev.virtq.split.RawRing.Descriptor.INDIRECT;
import static dev.virtq.split.RawRing.Descriptor.NEXT;
import static dev.virtq.split.RawRing.Descriptor.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.ChainView;
import dev.virtq.queue.QueueSnapshot.Element;
import dev.virtq.queue.QueueSnapshot.NextKick;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.IndirectUse;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotTest {
    /** What the driver end shows of its own ring. */
    @Nested
    class WithTheDriver {
        @Test
        void eachSlotHasTheOwnerThatItHas() {
            RingPair ring = RingPair.of(16);
            int used = ring.driver.reserve(ring.chain(1, -8));
            int device = ring.driver.reserve(ring.chain(1, -8));
            int staged = ring.driver.reserve(ring.chain(1, -8));
            int prepared = ring.driver.reserve(ring.chain(1, -8));
            int taken = ring.driver.reserve(ring.chain(1, -8));
            ring.turn(taken, 70000);
            ring.send(used);
            ring.send(device);
            ring.driver.stage(staged);
            ring.raw.use(used, 5);

            QueueSnapshot picture = ring.driver.snapshot();
            assertThat(picture.anomalies()).isEmpty();
            assertThat(picture.inferred()).isEmpty();
            assertThat(picture.queue()).isEqualTo(RingPair.QUEUE);
            assertThat(picture.format()).isEqualTo("split");
            assertThat(picture.size()).isEqualTo(16);
            assertThat(picture.descriptorArea()).isEqualTo(ring.setup.descriptorArea());
            assertThat(picture.driverArea()).isEqualTo(ring.setup.driverArea());
            assertThat(picture.deviceArea()).isEqualTo(ring.setup.deviceArea());
            assertThat(chain(picture, used).owner()).isEqualTo(Owner.USED);
            assertThat(chain(picture, used).usedLength()).contains(5L);
            assertThat(chain(picture, device).owner()).isEqualTo(Owner.DEVICE);
            assertThat(chain(picture, device).usedLength()).isEmpty();
            assertThat(chain(picture, staged).owner()).isEqualTo(Owner.STAGED);
            assertThat(chain(picture, prepared).owner()).isEqualTo(Owner.PREPARED);
            assertThat(chain(picture, taken).owner()).isEqualTo(Owner.PREPARED);
            for (ChainView chain : picture.chains()) {
                assertThat(chain.elements())
                        .hasSize(2)
                        .allSatisfy(element ->
                                assertThat(picture.slots().get(element.slot()).owner())
                                        .isEqualTo(chain.owner()));
            }
            assertThat(picture.slots()).filteredOn(it -> it.owner() == Owner.FREE).hasSize(6);
            assertThat(picture.indices().available()).isEqualTo(70002 & 0xffff);
            assertThat(picture.indices().used()).isEqualTo(70001 & 0xffff);
            assertThat(picture.indices().staged()).contains(70003 & 0xffff);
            assertThat(picture.indices().taken()).contains(70000 & 0xffff);
            assertThat(picture.indices().driverWrap()).isEmpty();
            assertThat(picture.nextKick()).isEqualTo(new NextKick(1, 1, true));
        }

        @Test
        void anIndirectChainShowsTheElementsOfItsTable() {
            RingPair ring = RingPair.of(8, CommonFeature.INDIRECT_DESC);
            Chain chain = ring.chain(10, -20, -30);
            int id = ring.driver.reserve(chain);
            ChainView view = chain(ring.driver.snapshot(), id);
            assertThat(view.indirect()).isTrue();
            assertThat(view.elements())
                    .containsExactly(
                            new Element(0, chain.address(0), 10, false),
                            new Element(1, chain.address(1), 20, true),
                            new Element(2, chain.address(2), 30, true));
        }

        @Test
        void descriptorsAreShownAsTheyAreInMemory() {
            RingPair ring = RingPair.of(4);
            Chain chain = ring.chain(10, -20);
            int id = ring.driver.reserve(chain);
            var slot = ring.driver.snapshot().slots().get(id);
            assertThat(slot.address()).isEqualTo(chain.address(0));
            assertThat(slot.length()).isEqualTo(10);
            assertThat(slot.flags()).isEqualTo(NEXT);
            assertThat(slot.flagNames()).isEqualTo("NEXT");
            assertThat(ring.driver.snapshot().slots().get(slot.next()).flagNames())
                    .isEqualTo("WRITE");
        }

        @Test
        void aKickIsWantedForWhatTheDeviceWouldFindAndWhatIsStaged() {
            RingPair ring = RingPair.of(4, CommonFeature.EVENT_IDX);
            ring.driver.stage(ring.driver.reserve(ring.chain(1)));
            ring.driver.publish();
            ring.driver.stage(ring.driver.reserve(ring.chain(1)));
            for (int event : new int[] {0xffff, 0, 1, 2}) {
                ring.raw.availEvent(event);
                assertThat(ring.driver.snapshot().nextKick())
                        .as("%04x", event)
                        .isEqualTo(new NextKick(1, 1, event == 0 || event == 1));
            }
        }

        @Test
        void aDeviceMayHaveUsedAllThatThereIs() {
            RingPair ring = RingPair.of(4);
            for (int id : ring.reserve(4)) {
                ring.send(id);
            }
            while (ring.device.take()) {
                ring.device.use(ring.device.chain().id(), 0);
            }
            ring.device.publish();
            QueueSnapshot picture = ring.driver.snapshot();
            assertThat(picture.anomalies()).isEmpty();
            assertThat(picture.chains()).hasSize(4).allMatch(chain -> chain.owner() == Owner.USED);
        }

        @Test
        void suppressionIsShownAsItWasAskedFor() {
            RingPair byFlag = RingPair.of(4);
            assertThat(byFlag.driver.snapshot().usedNotifications().enabled()).isFalse();
            assertThat(byFlag.driver.snapshot().usedNotifications().how())
                    .isEqualTo("flags 0x1 NO_INTERRUPT");
            byFlag.driver.enableNotifications();
            assertThat(byFlag.driver.snapshot().usedNotifications().enabled()).isTrue();
            byFlag.device.disableNotifications();
            assertThat(byFlag.driver.snapshot().availableNotifications().how())
                    .isEqualTo("flags 0x1 NO_NOTIFY");
            assertThat(byFlag.driver.snapshot().nextKick().wanted()).isFalse();

            RingPair byIndex = RingPair.of(4, CommonFeature.EVENT_IDX);
            byIndex.raw.usedEvent(5);
            assertThat(byIndex.driver.snapshot().usedNotifications().how())
                    .isEqualTo("used_event 5");
            byIndex.raw.availEvent(7);
            assertThat(byIndex.driver.snapshot().availableNotifications().how())
                    .isEqualTo("avail_event 7");
            assertThat(byIndex.driver.snapshot().availableNotifications().enabled()).isFalse();
            byIndex.raw.availEvent(0);
            assertThat(byIndex.driver.snapshot().availableNotifications().enabled()).isTrue();
            byIndex.driver.enableNotifications();
            assertThat(byIndex.driver.snapshot().usedNotifications().enabled()).isTrue();
        }

        @Test
        void whatTheDeviceDidWrongIsNoted() {
            RingPair ring = RingPair.of(4);
            int id = ring.driver.reserve(ring.small());
            ring.send(id);
            ring.raw.use(77, 0);
            assertThat(ring.driver.snapshot().anomalies())
                    .containsExactly("used entry 0 names chain 77, which is not in flight (2.7.8)");
            ring.raw.usedIndex(40000);
            assertThat(ring.driver.snapshot().anomalies())
                    .containsExactly("the used index, 40000, is 40000 ahead of the driver (2.7.8)");
        }
    }

    /** What anybody can see of anybody's ring. */
    @Nested
    class FromMemoryAlone {
        private final RingPair ring = RingPair.of(8, CommonFeature.INDIRECT_DESC);

        @Test
        void chainsOfADeviceThatKeepsTheOrderAreKnown() {
            int[] ids = ring.reserve(4);
            for (int round = 0; round < 50; round++) {
                ring.send(ids[0]);
                ring.send(ids[1]);
                ring.send(ids[2]);
                ring.serve(0);
                QueueSnapshot picture = look();
                assertThat(picture.anomalies()).isEmpty();
                assertThat(picture.inferred()).hasSize(2).noneMatch(it -> it.contains("order"));
                assertThat(picture.chains())
                        .extracting(ChainView::id)
                        .containsExactlyInAnyOrder(ids[1], ids[2]);
                assertThat(picture.chains()).allMatch(it -> it.owner() == Owner.DEVICE);
                assertThat(picture.indices().staged()).isEmpty();
                assertThat(picture.indices().taken()).isEmpty();
                ring.serve(0);
                ring.serve(0);
                assertThat(look().chains()).isEmpty();
                for (int i = 0; i < 3; i++) {
                    ring.driver.poll();
                }
            }
        }

        @Test
        void chainsOfADeviceThatLeavesTheOrderAreFoundAsFarBackAsTheRingsReach() {
            int[] ids = ring.reserve(4);
            for (int id : ids) {
                ring.send(id);
            }
            while (ring.device.take()) {
                // all are with the device
            }
            ring.device.use(ids[3], 0);
            ring.device.use(ids[1], 0);
            ring.device.publish();
            assertThat(look().chains())
                    .extracting(ChainView::id)
                    .containsExactlyInAnyOrder(ids[0], ids[2]);
            assertThat(look().inferred()).noneMatch(it -> it.contains("out of order"));
        }

        @Test
        void aChainThatIsKeptForLongerThanTheRingsReachIsGuessedAndThatIsSaid() {
            int[] ids = ring.reserve(2);
            ring.send(ids[0]);
            assertThat(ring.device.take()).isTrue(); // and kept
            for (int i = 0; i < 20; i++) {
                ring.send(ids[1]);
                assertThat(ring.device.take()).isTrue();
                ring.device.use(ids[1], 0);
                ring.device.publish();
                assertThat(ring.driver.poll()).isEqualTo(ids[1]);
            }
            assertThat(look().chains()).hasSize(1);
            assertThat(look().inferred())
                    .contains(
                            "which chains the device has is concluded from the last 8 entries of the"
                                    + " rings");
            ring.device.use(ids[0], 0);
            ring.device.publish();
            assertThat(ring.driver.poll()).isEqualTo(ids[0]);
            assertThat(look().chains()).isEmpty();
            ring.send(ids[1]);
            assertThat(look().chains()).extracting(ChainView::id).containsExactly(ids[1]);
            assertThat(look().inferred()).anyMatch(it -> it.contains("out of order"));
        }

        @Test
        void aChainThatIsAvailableTwiceIsNoted() {
            int id = ring.driver.reserve(ring.small());
            ring.raw.makeAvailable(id);
            ring.raw.makeAvailable(id);
            assertThat(look().chains()).hasSize(1);
            assertThat(look().anomalies())
                    .containsExactly("chain 0 was made available 2 times and not used (2.7.13)");
        }

        @ParameterizedTest
        @ValueSource(ints = {65535, 65536, 65537, 65540, 65550})
        void theIndicesMayHaveGoneAround(int before) {
            int[] ids = ring.reserve(3);
            ring.turn(ids[0], before);
            for (int id : ids) {
                ring.send(id);
            }
            QueueSnapshot picture = look();
            assertThat(picture.anomalies()).isEmpty();
            assertThat(picture.indices().available()).isEqualTo((before + 3) & 0xffff);
            assertThat(picture.chains())
                    .extracting(ChainView::id)
                    .containsExactlyInAnyOrder(ids[0], ids[1], ids[2]);
            assertThat(picture.nextKick().chains()).isEqualTo(3);
        }

        @Test
        void normalDescriptorsBeforeAnIndirectOneBelongToTheChain() {
            MemorySegment table = table(1);
            RawRing.putDescriptor(table, 0, new RawRing.Descriptor(ring.address(8), 8, WRITE, 0));
            ring.raw.putDescriptor(3, ring.address(8), 8, NEXT, 5);
            ring.raw.putDescriptor(5, address(table), 16, INDIRECT, 0);
            ring.raw.makeAvailable(3);
            QueueSnapshot picture = look();
            assertThat(picture.anomalies()).isEmpty();
            ChainView chain = chain(picture, 3);
            assertThat(chain.indirect()).isTrue();
            assertThat(chain.elements()).extracting(Element::length).containsExactly(8L, 8L);
            assertThat(picture.slots().get(5).owner()).isEqualTo(Owner.DEVICE);
            assertThat(picture.slots().get(5).flagNames()).isEqualTo("INDIRECT");
        }

        @Test
        void whatBreaksARuleIsNoted() {
            ring.raw.putDescriptor(0, ring.address(8), 8, NEXT, 0);
            anomaly(0, "chain 0 loops (2.7.5.2#1)");
            ring.raw.putDescriptor(0, ring.address(8), 8, NEXT, 9);
            anomaly(0, "chain 0 goes on at 9, which does not exist (2.7.5)");
            ring.raw.putDescriptor(0, 0x10, 8, 0, 0);
            anomaly(0, "chain 0: descriptor 0, 8 bytes at 0x10, is not in memory");
            ring.raw.putDescriptor(0, ring.address(8), 8, 0x100, 0);
            anomaly(0, "chain 0: descriptor 0 has flags 0x100");
            ring.raw.putDescriptor(0, ring.address(8), 8, NEXT | WRITE, 1);
            ring.raw.putDescriptor(1, ring.address(8), 8, 0, 0);
            anomaly(
                    0,
                    "chain 0: device-readable descriptor 1 follows a device-writable one"
                            + " (2.7.4.2#1)");
            ring.raw.putDescriptor(0, ring.address(8), 17, INDIRECT, 0);
            anomaly(0, "the indirect table of chain 0 has 17 bytes (2.7.5.3)");
            ring.raw.putDescriptor(0, 0x10, 16, INDIRECT, 0);
            anomaly(0, "the indirect table of chain 0 at 0x10 is not in memory (2.7.5.3)");

            MemorySegment table = table(2);
            ring.raw.putDescriptor(0, address(table), 32, INDIRECT | NEXT, 0);
            RawRing.putDescriptor(table, 0, new RawRing.Descriptor(ring.address(8), 8, 0, 0));
            anomaly(0, "chain 0: descriptor 0 has both INDIRECT and NEXT (2.7.5.3.1#4)");
            ring.raw.putDescriptor(0, address(table), 32, INDIRECT, 0);
            RawRing.putDescriptor(
                    table, 0, new RawRing.Descriptor(address(table), 16, INDIRECT, 0));
            anomaly(0, "the indirect table of chain 0 has a table in it (2.7.5.3.1#2)");
            RawRing.putDescriptor(table, 0, new RawRing.Descriptor(ring.address(8), 8, NEXT, 0));
            anomaly(0, "chain 0 is longer than the queue, or loops (2.7.5.3.1#3, 2.7.5.2#1)");
            RawRing.putDescriptor(table, 0, new RawRing.Descriptor(ring.address(8), 8, NEXT, 2));
            anomaly(0, "the indirect table of chain 0 goes on at 2, which does not exist (2.7.5)");
            anomaly(9, "available entry 0 names chain 9 (expected: 0..7; 2.7.6)");
        }

        @Test
        void aChainThatIsBrokenIsNotTakenForOneInATable() {
            int[][] broken = {{NEXT, 0}, {NEXT, 9}, {0, 0}};
            for (int[] end : broken) {
                RingPair fresh = RingPair.of(8, CommonFeature.INDIRECT_DESC);
                fresh.raw.putDescriptor(0, fresh.address(8), 8, end[0], end[1]);
                fresh.raw.makeAvailable(0);
                assertThat(chain(look(fresh), 0).indirect()).isFalse();
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {8, 9})
        void aTableMayBeAsLongAsTheQueueAndNoLonger(int entries) {
            MemorySegment table = table(entries);
            for (int i = 0; i < entries; i++) {
                int flags = i + 1 < entries ? NEXT : 0;
                RawRing.putDescriptor(
                        table, i, new RawRing.Descriptor(ring.address(8), 8, flags, i + 1));
            }
            ring.raw.putDescriptor(0, address(table), 16L * entries, INDIRECT, 0);
            ring.raw.makeAvailable(0);
            assertThat(look().anomalies()).hasSize(entries - 8);
            assertThat(chain(look(), 0).elements()).hasSize(8);
        }

        @Test
        void whatWasUsedUnderAnIdThatDoesNotExistSaysNothingOfOtherChains() {
            ring.raw.makeAvailable(0);
            ring.raw.use(8, 0);
            ring.raw.makeAvailable(1);
            assertThat(look().chains()).extracting(ChainView::id).containsExactly(1);
        }

        @Test
        void noMoreChainsAreShownThanAreOutstanding() {
            ring.raw.makeAvailable(0);
            ring.raw.makeAvailable(1);
            ring.raw.use(7, 0); // one that was never available
            assertThat(look().chains()).hasSize(1);
        }

        @Test
        void chainsThatMeetAreNoted() {
            ring.raw.putDescriptor(0, ring.address(8), 8, NEXT, 2);
            ring.raw.putDescriptor(1, ring.address(8), 8, NEXT, 2);
            ring.raw.putDescriptor(2, ring.address(8), 8, 0, 0);
            ring.raw.makeAvailable(0);
            ring.raw.makeAvailable(1);
            assertThat(look().anomalies())
                    .containsExactly("chain 1 meets chain 0 in descriptor 2 (2.7.5)");
        }

        @Test
        void indicesThatCannotBeAreNoted() {
            ring.raw.availableIndex(9);
            QueueSnapshot picture = look();
            assertThat(picture.chains()).isEmpty();
            assertThat(picture.anomalies())
                    .containsExactly(
                            "9 chains are outstanding in a queue of 8: available 9, used 0"
                                    + " (2.7.6)");
        }

        @Test
        void tablesThatWouldFillTheHeapAreCutOff() {
            int size = 1024;
            RingPair large =
                    new RingPair(
                            size,
                            FeatureSet.of(CommonFeature.INDIRECT_DESC),
                            IndirectUse.NEVER,
                            RingPair.memory(1 << 20));
            long table = large.address(16L * size);
            MemorySegment entries = large.memory.at(table, 16L * size).orElseThrow();
            for (int i = 0; i < size; i++) {
                RawRing.putDescriptor(
                        entries,
                        i,
                        new RawRing.Descriptor(table, 1, i + 1 < size ? NEXT : 0, i + 1));
                large.raw.putDescriptor(i, table, 16L * size, INDIRECT, 0);
                large.raw.makeAvailable(i);
            }
            QueueSnapshot picture =
                    large.format.snapshot(0, large.setup, large.accepted, large.memory);
            assertThat(picture.chains()).hasSize(size);
            assertThat(picture.chains().stream().mapToInt(it -> it.elements().size()).sum())
                    .isEqualTo(1 << 17);
            assertThat(picture.inferred()).anyMatch(it -> it.contains("is not shown"));
        }

        private void anomaly(int head, String expected) {
            ring.raw.makeAvailable(head);
            assertThat(look().anomalies()).containsExactly(expected);
            ring.raw.availableIndex(0);
        }

        private QueueSnapshot look() {
            return look(ring);
        }

        private QueueSnapshot look(RingPair ring) {
            return ring.format.snapshot(1, ring.setup, ring.accepted, ring.memory);
        }

        private MemorySegment table(int entries) {
            return ring.memory.at(ring.address(16L * entries), 16L * entries).orElseThrow();
        }

        private long address(MemorySegment table) {
            return ring.memory.extents(table).getFirst().address();
        }
    }

    private static ChainView chain(QueueSnapshot picture, int id) {
        Optional<ChainView> found =
                picture.chains().stream().filter(it -> it.id() == id).findFirst();
        assertThat(found).as("chain %d of %s", id, List.copyOf(picture.chains())).isPresent();
        return found.orElseThrow();
    }
}
