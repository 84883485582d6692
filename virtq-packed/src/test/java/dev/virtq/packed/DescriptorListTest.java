package dev.virtq.packed;

import static dev.virtq.packed.RawRing.AVAIL;
import static dev.virtq.packed.RawRing.INDIRECT;
import static dev.virtq.packed.RawRing.NEXT;
import static dev.virtq.packed.RawRing.USED;
import static dev.virtq.packed.RawRing.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.packed.RawRing.Descriptor;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.testing.Clause;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DescriptorListTest {
    @Test
    @Clause({"2.8.6", "2.8.13", "2.8.17#3"})
    void aListHasReadableBuffersAndThenWritableOnesInSlotsThatFollowEachOther() {
        RingPair ring = RingPair.of(7);
        Chain chain = ring.chain(10, 20, -30, -40);
        int id = ring.driver.reserve(chain);
        ring.send(id);

        List<Descriptor> list = list(ring, 0, 4);
        assertThat(list).extracting(Descriptor::length).containsExactly(10L, 20L, 30L, 40L);
        assertThat(list)
                .extracting(Descriptor::flags)
                .containsExactly(NEXT | AVAIL, NEXT | AVAIL, NEXT | WRITE | AVAIL, WRITE | AVAIL);
        assertThat(list).extracting(Descriptor::id).containsOnly(id);
        assertThat(list)
                .extracting(Descriptor::address)
                .containsExactly(
                        chain.address(0), chain.address(1), chain.address(2), chain.address(3));
        assertThat(ring.raw.descriptor(4)).isEqualTo(new Descriptor(0, 0, 0, 0));
    }

    @Test
    @Clause({"2.8.1", "2.8.6"})
    void aListGoesRoundTheEndOfTheRingIntoTheNextRound() {
        RingPair ring = RingPair.of(5).startingAt(3);
        ring.send(ring.driver.reserve(ring.chain(10, -20, -30)));
        assertThat(ring.raw.flags(3)).isEqualTo(NEXT | AVAIL);
        assertThat(ring.raw.flags(4)).isEqualTo(NEXT | WRITE | AVAIL);
        assertThat(ring.raw.flags(0)).isEqualTo(WRITE | USED);
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.chain().count()).isEqualTo(3);
        assertThat(ring.device.chain().writableBytes()).isEqualTo(50);
    }

    @Test
    @Clause("2.8.13")
    void idsAreBelowTheSizeAndHaveNothingToDoWithSlots() {
        RingPair ring = RingPair.of(5);
        int[] ids = ring.reserve(5);
        assertThat(ids).containsExactly(0, 1, 2, 3, 4);
        ring.driver.release(3);
        ring.driver.release(1);
        assertThat(ring.driver.reserve(ring.small())).isOne();
        assertThat(ring.driver.reserve(ring.small())).isEqualTo(3);
        ring.send(4);
        ring.send(2);
        assertThat(ring.raw.descriptor(0).id()).isEqualTo(4);
        assertThat(ring.raw.descriptor(1).id()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"1,0", "0,1", "1,1", "16,0", "0,16", "5,11", "15,1", "1,15"})
    @Clause({"2.7.4", "2.7.4.1#1", "2.8.17#3", "2.8.5"})
    void anyNumberOfBuffersEachWayArrivesInOrder(int readable, int writable) {
        for (IndirectUse use : IndirectUse.values()) {
            RingPair ring = RingPair.indirect(16, use);
            int[] sizes = new int[readable + writable];
            Arrays.setAll(sizes, i -> i < readable ? i + 1 : -(i + 1));
            Chain chain = ring.chain(sizes);
            ring.send(ring.driver.reserve(chain));

            assertThat(ring.device.take()).isTrue();
            DeviceChain seen = ring.device.chain();
            assertThat(seen.count()).isEqualTo(readable + writable);
            assertThat(seen.readableCount()).isEqualTo(readable);
            assertThat(seen.readableBytes()).isEqualTo(chain.readableBytes());
            assertThat(seen.writableBytes()).isEqualTo(chain.writableBytes());
            for (int i = 0; i < seen.count(); i++) {
                assertThat(seen.segment(i).byteSize()).isEqualTo(i + 1);
                assertThat(ring.memory.extents(seen.segment(i)).getFirst().address())
                        .isEqualTo(chain.address(i));
            }
        }
    }

    @Test
    @Clause({"2.8.7", "2.8.19#2", "2.8.19#4"})
    void anIndirectTableHasNoFlagButWriteAndItsDescriptorHasTheFlagAlone() {
        RingPair ring = RingPair.indirect(8, IndirectUse.WHEN_IT_SAVES_SLOTS);
        ring.reserve(2);
        Chain chain = ring.chain(10, 20, -30);
        int id = ring.driver.reserve(chain);
        ring.send(id);

        Descriptor referring = ring.raw.descriptor(0);
        assertThat(referring.flags()).isEqualTo(INDIRECT | AVAIL);
        assertThat(referring.length()).isEqualTo(3 * 16);
        assertThat(referring.id()).isEqualTo(id).isEqualTo(2);
        MemorySegment table = ring.memory.at(referring.address(), 48).orElseThrow();
        assertThat(
                        List.of(
                                RawRing.descriptor(table, 0),
                                RawRing.descriptor(table, 1),
                                RawRing.descriptor(table, 2)))
                .containsExactly(
                        new Descriptor(chain.address(0), 10, 0, 0),
                        new Descriptor(chain.address(1), 20, 0, 0),
                        new Descriptor(chain.address(2), 30, 0, WRITE));
        assertThat(ring.raw.flags(1)).isZero();
    }

    @ParameterizedTest
    @EnumSource(IndirectUse.class)
    @Clause("2.8.19#1")
    void nothingIsIndirectUnlessTheFeatureWasAccepted(IndirectUse use) {
        RingPair ring = new RingPair(8, FeatureSet.EMPTY, use, RingPair.memory());
        ring.send(ring.driver.reserve(ring.chain(1, 1, 1, -1, -1)));
        assertThat(list(ring, 0, 5)).noneMatch(it -> (it.flags() & INDIRECT) != 0);
        assertThatThrownBy(() -> ring.driver.reserve(ring.chain(1, 1, 1, -1)))
                .isInstanceOf(QueueFullException.class)
                .hasMessageContaining("needs 4 descriptors, 3 of 8 are free");
        assertThat(ring.driver.room()).isEqualTo(3);
    }

    @Test
    void aTableIsUsedWheneverItSavesSlots() {
        RingPair ring = RingPair.indirect(8, IndirectUse.WHEN_IT_SAVES_SLOTS);
        assertThat(isIndirect(ring, ring.driver.reserve(ring.chain(1)))).isFalse();
        assertThat(isIndirect(ring, ring.driver.reserve(ring.chain(1, -1)))).isTrue();
        assertThat(ring.driver.room()).isEqualTo(6);
    }

    @Test
    void aTableIsUsedOnlyWhenSlotsAreShort() {
        RingPair ring = RingPair.indirect(8, IndirectUse.WHEN_SLOTS_ARE_SHORT);
        assertThat(isIndirect(ring, ring.driver.reserve(ring.chain(1, 1, 1, 1, -1)))).isFalse();
        assertThat(isIndirect(ring, ring.driver.reserve(ring.chain(1, 1, -1)))).isFalse();
        assertThat(ring.driver.room()).isZero();

        RingPair other = RingPair.indirect(8, IndirectUse.WHEN_SLOTS_ARE_SHORT);
        other.reserve(6);
        assertThat(isIndirect(other, other.driver.reserve(other.chain(1, 1, -1)))).isTrue();
        assertThat(other.driver.room()).isOne();
        assertThat(isIndirect(other, other.driver.reserve(other.chain(1)))).isFalse();
    }

    @Test
    void aTableIsNeverUsedWhenNobodyWantsOne() {
        RingPair ring = RingPair.indirect(4, IndirectUse.NEVER);
        assertThat(isIndirect(ring, ring.driver.reserve(ring.chain(1, -1)))).isFalse();
        ring.reserve(1);
        assertThatThrownBy(() -> ring.driver.reserve(ring.chain(1, -1)))
                .isInstanceOf(QueueFullException.class);
    }

    @ParameterizedTest
    @EnumSource(IndirectUse.class)
    @Clause({"2.8.17#1", "2.8.17#2", "2.8.19#3"})
    void aChainLongerThanTheQueueIsRefusedEvenWhereATableCouldHoldIt(IndirectUse use) {
        RingPair ring = RingPair.indirect(4, use);
        long before = ring.memory.available();
        assertThatThrownBy(() -> ring.driver.reserve(ring.chain(1, 1, 1, -1, -1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("5 elements")
                .hasMessageContaining("2.8.17#2");
        assertThat(ring.driver.room()).isEqualTo(4);
        assertThat(ring.memory.available()).isEqualTo(before);
        ring.driver.reserve(ring.chain(1, 1, 1, -1));
    }

    @Test
    @Clause("2.7.5.2#1")
    void aChainOfMoreThanFourGibibytesIsRefused() {
        long half = 1L << 31;
        List<List<Extent>> buffers =
                List.of(
                        List.of(new Extent(0, half)),
                        List.of(new Extent(half, half)),
                        List.of(new Extent(2 * half, 1)));
        assertThatThrownBy(() -> new Chain(buffers, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2.7.5.2");
        assertThat(new Chain(buffers.subList(0, 2), 1).count()).isEqualTo(2);
    }

    @Test
    void releasingAChainFreesItsTable() {
        RingPair ring = RingPair.indirect(8, IndirectUse.WHEN_IT_SAVES_SLOTS);
        long before = ring.memory.available();
        int head = ring.driver.reserve(ring.chain(1, 1, -1));
        assertThat(ring.memory.available()).isLessThan(before);
        ring.driver.release(head);
        assertThat(ring.memory.available()).isEqualTo(before);
        assertThat(ring.driver.room()).isEqualTo(8);
    }

    @Test
    void aChainThatFindsNoMemoryForItsTableTakesNothing() {
        DmaMemory memory = RingPair.memory(8192);
        RingPair ring =
                new RingPair(
                        4,
                        FeatureSet.of(CommonFeature.INDIRECT_DESC),
                        IndirectUse.WHEN_IT_SAVES_SLOTS,
                        memory);
        DmaBuffer rest = memory.allocate(memory.available(), 1);
        assertThatThrownBy(() -> ring.driver.reserve(ring.chain(1, -1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no room for 32 bytes");
        assertThat(ring.driver.room()).isEqualTo(4);
        rest.close();
        ring.driver.reserve(ring.chain(1, -1));
    }

    @Test
    @Clause("2.7.4.2#2")
    void aBufferAcrossAHoleBecomesOneDescriptorForEachRun() {
        HoledMemory holed = new HoledMemory();
        RingPair ring = new RingPair(8, FeatureSet.EMPTY, IndirectUse.NEVER, holed.memory);
        DmaBuffer straddling = holed.straddling(1000, 24);
        ring.send(ring.driver.reserve(new Chain(List.of(straddling.extents()), 1)));

        assertThat(list(ring, 0, 2))
                .extracting(Descriptor::address, Descriptor::length)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(HoledMemory.HOLE - 1000, 1000L),
                        org.assertj.core.groups.Tuple.tuple(HoledMemory.AFTER, 24L));
        straddling.copyFrom(0, MemorySegment.ofArray(pattern(1024)));
        assertThat(ring.device.take()).isTrue();
        byte[] seen = new byte[1024];
        assertThat(ring.device.chain().read(0, MemorySegment.ofArray(seen))).isEqualTo(1024);
        assertThat(seen).isEqualTo(pattern(1024));
    }

    @Test
    void aBufferAcrossAHoleFallsBackToATableWhenSlotsAreShort() {
        HoledMemory holed = new HoledMemory();
        RingPair ring =
                new RingPair(
                        2,
                        FeatureSet.of(CommonFeature.INDIRECT_DESC),
                        IndirectUse.WHEN_SLOTS_ARE_SHORT,
                        holed.memory);
        ring.driver.reserve(ring.chain(1));
        DmaBuffer straddling = holed.straddling(100, 100);
        ring.send(ring.driver.reserve(new Chain(List.of(straddling.extents()), 0)));
        assertThat(ring.raw.flags(0)).isEqualTo(INDIRECT | AVAIL);
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.chain().write(0, MemorySegment.ofArray(pattern(200))))
                .isEqualTo(200);
        byte[] seen = new byte[200];
        straddling.copyTo(0, MemorySegment.ofArray(seen));
        assertThat(seen).isEqualTo(pattern(200));
    }

    @ParameterizedTest
    @EnumSource(
            value = IndirectUse.class,
            names = {"WHEN_IT_SAVES_SLOTS", "NEVER"})
    void aLimitIsWrittenIntoTheDescriptors(IndirectUse use) {
        RingPair ring = RingPair.indirect(8, use);
        Chain chain = ring.chain(100, 200, -300);
        int head = ring.driver.reserve(chain);
        int room = ring.driver.room();

        chain.limit(0, 0); // no descriptor at all: one of no bytes means nothing to a device
        chain.limit(2, 30);
        ring.driver.rewrite(head);
        ring.send(head);
        assertThat(ring.device.take()).isTrue();
        DeviceChain seen = ring.device.chain();
        assertThat(seen.count()).isEqualTo(2);
        assertThat(seen.readableBytes()).isEqualTo(200);
        assertThat(seen.writableBytes()).isEqualTo(30);
        ring.device.use(head, 31);
        ring.device.publish();
        assertThatThrownBy(ring.driver::poll).hasMessageContaining("has room for 30");
        assertThat(ring.driver.room()).isEqualTo(room);
    }

    @Test
    @Clause("2.8.6")
    void aLimitThatChangesInFlightCountsFromTheNextSendingOn() {
        RingPair ring = RingPair.of(8);
        Chain chain = ring.chain(100, -200, -300);
        int id = ring.driver.reserve(chain);
        int other = ring.driver.reserve(ring.small());
        ring.send(id);
        ring.send(other);
        chain.limit(1, 0);
        ring.driver.rewrite(id);
        assertThat(ring.serve(300)).isEqualTo(id);
        ring.serve(0);
        assertThat(ring.driver.poll()).isEqualTo(id);
        assertThat(ring.driver.poll()).isEqualTo(other); // three slots on, as it was sent
        ring.send(id);
        ring.send(other);
        assertThat(ring.serve(300)).isEqualTo(id);
        assertThat(ring.serve(0)).isEqualTo(other);
        assertThat(ring.driver.poll()).isEqualTo(id);
        assertThat(ring.driver.poll()).isEqualTo(other); // two slots on
    }

    @Test
    void aLimitThatIsLiftedBringsEveryDescriptorBack() {
        RingPair ring = RingPair.of(8);
        Chain chain = ring.chain(100, -200, -300);
        int id = ring.driver.reserve(chain);
        chain.limit(1, 0);
        ring.driver.rewrite(id);
        chain.limit(1, 200);
        ring.driver.rewrite(id);
        ring.send(id);
        assertThat(list(ring, 0, 3))
                .extracting(Descriptor::length)
                .containsExactly(100L, 200L, 300L);
        ring.serve(500);
        assertThat(ring.driver.poll()).isEqualTo(id);
        ring.driver.release(id);
        assertThat(ring.driver.room()).isEqualTo(8);
    }

    @Test
    void aChainThatIsNotReservedCannotBeReleasedWrittenOrStaged() {
        RingPair ring = RingPair.of(4);
        int id = ring.driver.reserve(ring.small());
        ring.driver.release(id);
        for (Runnable step :
                List.<Runnable>of(
                        () -> ring.driver.release(id),
                        () -> ring.driver.rewrite(id),
                        () -> ring.driver.stage(id))) {
            assertThatThrownBy(step::run)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("no chain was reserved with id " + id);
        }
        assertThat(ring.driver.room()).isEqualTo(4);
        assertThat(ring.reserve(4)).containsExactly(0, 1, 2, 3);
    }

    /** Whether the next sending needs a table; the ring is served, so that it is as before. */
    private static boolean isIndirect(RingPair ring, int id) {
        int slot = ring.driver.nextAvailable() & 0x7fff;
        ring.send(id);
        boolean indirect = (ring.raw.flags(slot) & INDIRECT) != 0;
        ring.serve(0);
        assertThat(ring.driver.poll()).isEqualTo(id);
        return indirect;
    }

    private static List<Descriptor> list(RingPair ring, int first, int count) {
        List<Descriptor> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(ring.raw.descriptor(first + i));
        }
        return list;
    }

    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + 7);
        }
        return bytes;
    }

    /** One segment here, with a hole in the device's addresses, as a PC has one below 4 GiB. */
    private static final class HoledMemory {
        static final long HOLE = RingPair.DEVICE_ADDRESS + (512 << 10);
        static final long AFTER = RingPair.DEVICE_ADDRESS + (16 << 20);

        final DmaMemory memory =
                new DmaMemory(
                        new MemoryMapping(
                                Arena.ofAuto().allocate(1 << 20, 4096),
                                List.of(
                                        new Extent(RingPair.DEVICE_ADDRESS, 512 << 10),
                                        new Extent(AFTER, 512 << 10))));

        DmaBuffer straddling(long before, long after) {
            return memory.allocateAt(HOLE - before, before + after);
        }
    }
}
