package dev.virtq.packed;

import static dev.virtq.packed.RawRing.AVAIL;
import static dev.virtq.packed.RawRing.NEXT;
import static dev.virtq.packed.RawRing.USED;
import static dev.virtq.packed.RawRing.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.ring.contract.SendingContract;
import dev.virtq.testing.Clause;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("JUnitMethodInvoked") // an override names the clause
class SendingTest extends SendingContract implements PackedRing {
    @Override
    @Test
    @Clause({"2.8.17#4", "2.8.17#5"})
    protected void aFullQueueSaysHowFullItIsAndRoomComesBack() {
        super.aFullQueueSaysHowFullItIsAndRoomComesBack();
    }

    @Override
    @Test
    @Clause({"2.8.12#2", "2.8.2"})
    protected void chainsComeBackInTheOrderInWhichTheDeviceUsedThem() {
        super.chainsComeBackInTheOrderInWhichTheDeviceUsedThem();
    }

    @Override
    @Test
    @Clause("2.8.4")
    protected void theUsedLengthIsTheDevicesAndTheRestOfTheBufferIsNobodysBusiness() {
        super.theUsedLengthIsTheDevicesAndTheRestOfTheBufferIsNobodysBusiness();
    }

    @Override
    @Test
    @Clause("2.8.15#1")
    protected void theDeviceEndWritesWritableBytesOnlyAndReadsReadableOnes() {
        super.theDeviceEndWritesWritableBytesOnlyAndReadsReadableOnes();
    }

    @Test
    void whatIsStagedIsNotInTheRingBeforeItIsPublished() {
        RingPair ring = RingPair.of(5);
        int[] ids = ring.reserve(3);
        for (int id : ids) {
            ring.driver.stage(id);
        }
        assertThat(ring.raw.descriptors.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
        assertThat(ring.device.take()).isFalse();
        assertThat(ring.driver.inFlight()).isZero();

        assertThat(ring.driver.publish()).isEqualTo(3);
        assertThat(ring.driver.inFlight()).isEqualTo(3);
        assertThat(ring.driver.nextAvailable()).isEqualTo(0x8003);
        assertThat(ring.driver.publish()).isZero();
        assertThat(ring.driver.nextAvailable()).isEqualTo(0x8003);
    }

    @Test
    void chainsAreMadeAvailableInTheOrderInWhichTheyWereStaged() {
        RingPair ring = RingPair.of(7);
        int[] ids = ring.reserve(4);
        int[] order = {ids[2], ids[0], ids[3], ids[1]};
        for (int id : order) {
            ring.driver.stage(id);
        }
        ring.driver.publish();
        for (int i = 0; i < 4; i++) {
            assertThat(ring.raw.descriptor(i).id()).isEqualTo(order[i]);
            assertThat(ring.serve(0)).isEqualTo(order[i]);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = IndirectUse.class,
            names = {"WHEN_IT_SAVES_SLOTS", "NEVER"})
    void sendingAgainWritesTheDescriptorsAgainAndNoIndirectTable(IndirectUse use) {
        RingPair ring = RingPair.indirect(7, use);
        int id = ring.driver.reserve(ring.chain(64, 64, -64));
        int slots = use == IndirectUse.NEVER ? 3 : 1;
        ring.send(id);
        RawRing.Descriptor first = ring.raw.descriptor(0);
        if (slots == 1) { // a ring that wrote its tables again would mend what is broken here
            MemorySegment table = ring.memory.at(first.address(), first.length()).orElseThrow();
            RawRing.put(table, 0, new RawRing.Descriptor(first.address(), 1, 0, 0));
        }
        for (int i = 1; i < 20; i++) {
            ring.serve(64);
            assertThat(ring.driver.poll()).isEqualTo(id);
            ring.raw.descriptors.fill((byte) (i % 2 == 0 ? 0 : 0xff)); // the ring is no memory
            ring.send(id);
            int slot = i * slots % 7;
            assertThat(ring.raw.descriptor(slot).address()).isEqualTo(first.address());
            assertThat(ring.raw.descriptor(slot).length()).isEqualTo(first.length());
            assertThat(ring.driver.nextAvailable() & 0x7fff).isEqualTo((slot + slots) % 7);
        }
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.chain().segment(0).byteSize()).isEqualTo(slots == 1 ? 1 : 64);
    }

    @Test
    @Clause("2.8.16#2")
    void whatIsPublishedCannotBeTakenBackAndNothingIsStagedTwice() {
        RingPair ring = RingPair.of(4);
        int[] ids = ring.reserve(3);
        ring.send(ids[0]);
        ring.driver.stage(ids[1]);
        for (int id : new int[] {ids[0], ids[2]}) {
            assertThatThrownBy(() -> ring.driver.unstage(id))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("chain %d is not staged", id);
        }
        assertThatThrownBy(() -> ring.driver.stage(ids[0]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("chain %d is with the device already", ids[0]);
        assertThatThrownBy(() -> ring.driver.stage(ids[1]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("chain %d is staged already", ids[1]);
        assertThat(ring.driver.nextAvailable()).isEqualTo(0x8001);
        assertThat(ring.driver.publish()).isOne();
        assertThat(ring.driver.nextAvailable()).isEqualTo(0x8002);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 8, 255})
    @Clause({"2.8.1", "2.8.16#3"})
    void thePositionForNotificationsHasTheWrapCounterInBit15(int size) {
        RingPair ring = RingPair.of(size);
        int id = ring.driver.reserve(ring.small());
        for (int sent = 0; sent < 4 * size; sent++) {
            int wrap = sent / size % 2 == 0 ? 0x8000 : 0;
            assertThat(ring.driver.nextAvailable()).isEqualTo(sent % size | wrap);
            ring.turn(id, 1);
        }
        ring.driver.stage(id);
        assertThat(ring.driver.nextAvailable()).isEqualTo(0x8000); // not yet available
        ring.driver.publish();
        assertThat(ring.driver.nextAvailable()).isEqualTo(size == 1 ? 0 : 0x8001);
    }

    @Test
    @Clause({"2.8.1", "2.8.2"})
    void chainsOfTwoInARingOfOddSizeTakeTurnsAtTheEnd() {
        RingPair ring = RingPair.of(5);
        int id = ring.driver.reserve(ring.chain(1, -1));
        int[] avail = {AVAIL, USED};
        int[] used = {AVAIL | USED, 0};
        for (int i = 0; i < 20; i++) {
            ring.send(id);
            int first = 2 * i % 5;
            int second = (2 * i + 1) % 5;
            assertThat(ring.raw.flags(first)).isEqualTo(NEXT | avail[2 * i / 5 % 2]);
            assertThat(ring.raw.flags(second)).isEqualTo(WRITE | avail[(2 * i + 1) / 5 % 2]);
            ring.serve(1);
            assertThat(ring.raw.flags(first)).isEqualTo(WRITE | used[2 * i / 5 % 2]);
            assertThat(ring.raw.flags(second)).isEqualTo(WRITE | avail[(2 * i + 1) / 5 % 2]);
            assertThat(ring.driver.poll()).isEqualTo(id);
            assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        }
    }

    @Test
    @Clause({"2.8.16#1", "2.8.2"})
    void slotsOfWhatTheDeviceStillHasAreOverwrittenOnlyAsFarAsItHasUsedOthers() {
        RingPair ring = RingPair.of(4);
        int kept = ring.driver.reserve(ring.chain(1, -1));
        int other = ring.driver.reserve(ring.small());
        ring.send(kept); // slots 0 and 1
        ring.send(other); // slot 2
        assertThat(ring.device.take()).isTrue();
        for (int i = 0; i < 50; i++) { // goes round and round, while the first is kept
            assertThat(ring.device.take()).isTrue();
            assertThat(ring.device.chain().id()).isEqualTo(other);
            ring.device.use(other, 0);
            ring.device.publish();
            assertThat(ring.raw.descriptor(i % 4).id()).isEqualTo(other);
            assertThat(ring.driver.poll()).isEqualTo(other);
            assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
            ring.send(other);
        }
        ring.device.use(kept, 1);
        ring.device.publish();
        assertThat(ring.driver.poll()).isEqualTo(kept);
        assertThat(ring.driver.usedLength()).isOne();
    }

    @Test
    @Clause("2.8.9")
    void severalUsedChainsBecomeVisibleAtOnceWithTheFirstOfThem() {
        RingPair ring = RingPair.of(5);
        int[] ids = ring.reserve(3);
        for (int id : ids) {
            ring.driver.stage(id);
        }
        ring.driver.publish();
        while (ring.device.take()) {
            ring.device.use(ring.device.chain().id(), 0);
        }
        assertThat(ring.raw.flags(0)).isEqualTo(AVAIL);
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        ring.device.publish();
        for (int i = 0; i < 3; i++) {
            assertThat(ring.raw.flags(i)).isEqualTo(AVAIL | USED);
            assertThat(ring.driver.poll()).isEqualTo(ids[i]);
        }
        byte[] before = ring.raw.descriptors.toArray(ValueLayout.JAVA_BYTE);
        ring.device.publish(); // nothing more
        assertThat(ring.raw.descriptors.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
    }

    @Test
    void usedLengthsUseAll32Bits() {
        RingPair ring = RingPair.of(4);
        ring.send(ring.driver.reserve(ring.small()));
        assertThat(ring.device.take()).isTrue();
        ring.device.use(0, 0xffff_fffeL);
        ring.device.publish();
        assertThat(ring.raw.descriptor(0).length()).isEqualTo(0xffff_fffeL);
        assertThat(ring.raw.descriptor(0).id()).isZero();
        assertThat(ring.raw.flags(0)).isEqualTo(AVAIL | USED | WRITE);
    }

    @Test
    void theDeviceEndUsesOnlyWhatItHasTakenAndOnlyOnce() {
        RingPair ring = RingPair.of(4);
        int id = ring.driver.reserve(ring.small());
        ring.send(id);
        for (int wrong : new int[] {id, 1, 4, 5, -1, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> ring.device.use(wrong, 0))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("chain %d cannot be used".formatted(wrong));
        }
        assertThat(ring.serve(0)).isEqualTo(id);
        assertThatThrownBy(() -> ring.device.use(id, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(ring.driver.poll()).isEqualTo(id);
        ring.turn(id, 9);
    }

    @Test
    @Clause({"2.8.15#2", "2.8.15#3"})
    void theDeviceEndWritesNothingButUsedDescriptorsAndItsWishes() {
        RingPair ring = RingPair.of(7, CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX);
        int indirect = ring.driver.reserve(ring.chain(16, -16));
        ring.send(indirect);
        ring.send(ring.driver.reserve(ring.small()));
        RawRing.Descriptor referring = ring.raw.descriptor(0);
        MemorySegment table = ring.memory.at(referring.address(), 32).orElseThrow();
        byte[] tableBefore = table.toArray(ValueLayout.JAVA_BYTE);
        byte[] before = ring.raw.descriptors.toArray(ValueLayout.JAVA_BYTE);
        byte[] wish = ring.raw.driverEvent.toArray(ValueLayout.JAVA_BYTE);
        ring.device.enableNotifications();
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.raw.descriptors.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
        ring.device.use(indirect, 3);
        ring.device.publish();
        ring.device.driverWantsNotification();
        ring.device.disableNotifications();

        byte[] after = ring.raw.descriptors.toArray(ValueLayout.JAVA_BYTE);
        System.arraycopy(before, 8, after, 8, 8); // length, id and flags of the first
        assertThat(after).isEqualTo(before);
        assertThat(ring.raw.driverEvent.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(wish);
        assertThat(table.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(tableBefore);
    }

    @Test
    @Clause("2.8.15#2")
    void anEmptyRingHasNothingForEitherSide() {
        for (int size : new int[] {1, 2, 3, 255}) {
            RingPair ring = RingPair.of(size);
            for (int turns = 0; turns < 2 * size + 2; turns++) {
                assertThat(ring.device.take()).isFalse();
                assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
                ring.startingAt(1);
            }
        }
    }

    @Test
    void aFullRingOfTheLargestSizeGoesRoundManyTimes() {
        RingPair ring =
                new RingPair(32768, FeatureSet.EMPTY, IndirectUse.NEVER, RingPair.memory(2 << 20));
        int[] ids = new int[16384];
        Arrays.setAll(ids, i -> ring.driver.reserve(ring.chain(1, -1)));
        assertThat(ring.driver.room()).isZero();
        ring.driver.release(ids[0]);
        ids[0] = ring.driver.reserve(ring.small()); // so that the end of the ring is met anyhow
        for (int round = 0; round < 5; round++) {
            for (int id : ids) {
                ring.driver.stage(id);
            }
            assertThat(ring.driver.publish()).isEqualTo(16384);
            for (int id : ids) {
                assertThat(ring.device.take()).isTrue();
                assertThat(ring.device.chain().id()).isEqualTo(id);
                ring.device.use(id, 0);
            }
            ring.device.publish();
            for (int id : ids) {
                assertThat(ring.driver.poll()).isEqualTo(id);
            }
            assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        }
    }

    @Test
    @Clause({"2.8.17#2", "2.8.17#4", "2.8.17#5"})
    void oneChainMayFillTheWholeRing() {
        for (int size : new int[] {1, 2, 3, 5, 8, 255}) {
            RingPair ring = RingPair.of(size).startingAt(size / 2);
            int[] sizes = new int[size];
            Arrays.fill(sizes, 1);
            int id = ring.driver.reserve(ring.chain(sizes));
            for (int round = 0; round < 5; round++) {
                ring.send(id);
                assertThat(ring.device.take()).isTrue();
                assertThat(ring.device.chain().count()).isEqualTo(size);
                ring.device.use(id, 0);
                ring.device.publish();
                assertThat(ring.driver.poll()).isEqualTo(id);
                assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
            }
        }
    }
}
