package dev.virtq.packed;

import static dev.virtq.packed.RawRing.AVAIL;
import static dev.virtq.packed.RawRing.INDIRECT;
import static dev.virtq.packed.RawRing.NEXT;
import static dev.virtq.packed.RawRing.USED;
import static dev.virtq.packed.RawRing.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.packed.RawRing.Descriptor;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.ring.contract.ChainContract;
import dev.virtq.testing.Clause;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings("JUnitMethodInvoked") // an override names the clause
class DescriptorListTest extends ChainContract implements PackedRing {
    @Override
    @ParameterizedTest
    @MethodSource("shapes")
    @Clause({"2.7.4", "2.7.4.1#1", "2.8.17#3", "2.8.5"})
    protected void anyNumberOfBuffersEachWayArrivesInOrder(int readable, int writable) {
        super.anyNumberOfBuffersEachWayArrivesInOrder(readable, writable);
    }

    @Override
    @ParameterizedTest
    @EnumSource(IndirectUse.class)
    @Clause("2.8.19#1")
    protected void nothingIsIndirectUnlessTheFeatureWasAccepted(IndirectUse use) {
        super.nothingIsIndirectUnlessTheFeatureWasAccepted(use);
    }

    @Override
    @ParameterizedTest
    @EnumSource(IndirectUse.class)
    @Clause({"2.8.17#1", "2.8.17#2", "2.8.19#3"})
    protected void aChainLongerThanTheQueueIsRefusedEvenWhereATableCouldHoldIt(IndirectUse use) {
        super.aChainLongerThanTheQueueIsRefusedEvenWhereATableCouldHoldIt(use);
    }

    @Override
    @Test
    @Clause("2.7.5.2#1")
    protected void aChainOfMoreThanFourGibibytesIsRefused() {
        super.aChainOfMoreThanFourGibibytesIsRefused();
    }

    @Override
    @Test
    @Clause("2.7.4.2#2")
    protected void aBufferAcrossAHoleBecomesOneDescriptorForEachRun() {
        super.aBufferAcrossAHoleBecomesOneDescriptorForEachRun();
    }

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

    private static List<Descriptor> list(RingPair ring, int first, int count) {
        List<Descriptor> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(ring.raw.descriptor(first + i));
        }
        return list;
    }
}
