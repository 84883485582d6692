package dev.virtq.split;

import static dev.virtq.split.RawRing.Descriptor.INDIRECT;
import static dev.virtq.split.RawRing.Descriptor.NEXT;
import static dev.virtq.split.RawRing.Descriptor.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.ring.contract.ChainContract;
import dev.virtq.split.RawRing.Descriptor;
import dev.virtq.testing.Clause;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings("JUnitMethodInvoked") // an override names the clause
class DescriptorChainTest extends ChainContract implements SplitRing {
    @Override
    @ParameterizedTest
    @MethodSource("shapes")
    @Clause({"2.7.4", "2.7.4.1#1"})
    protected void anyNumberOfBuffersEachWayArrivesInOrder(int readable, int writable) {
        super.anyNumberOfBuffersEachWayArrivesInOrder(readable, writable);
    }

    @Override
    @ParameterizedTest
    @EnumSource(IndirectUse.class)
    @Clause("2.7.5.3.1#1")
    protected void nothingIsIndirectUnlessTheFeatureWasAccepted(IndirectUse use) {
        super.nothingIsIndirectUnlessTheFeatureWasAccepted(use);
    }

    @Override
    @ParameterizedTest
    @EnumSource(IndirectUse.class)
    @Clause("2.7.5.3.1#3")
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
    @Clause({"2.7.5", "2.7.4.2#1"})
    void aDirectChainLinksReadableBuffersAndThenWritableOnes() {
        RingPair ring = RingPair.of(8);
        Chain chain = ring.chain(10, 20, -30, -40);
        int head = ring.driver.reserve(chain);

        List<Descriptor> walked = direct(ring, head);
        assertThat(walked).extracting(Descriptor::length).containsExactly(10L, 20L, 30L, 40L);
        assertThat(walked)
                .extracting(Descriptor::flags)
                .containsExactly(NEXT, NEXT, NEXT | WRITE, WRITE);
        assertThat(walked)
                .extracting(Descriptor::address)
                .containsExactly(
                        chain.address(0), chain.address(1), chain.address(2), chain.address(3));
    }

    @Test
    @Clause("2.7.5")
    void theLastDescriptorNamesNoNext() {
        RingPair ring = RingPair.of(8);
        assertThat(direct(ring, ring.driver.reserve(ring.chain(1, -1))).getLast().next()).isZero();
    }

    @Test
    @Clause({"2.7.5.3", "2.7.5.3.1#4", "2.7.5.3.1#2"})
    void anIndirectTableIsSequentialAndItsDescriptorHasTheFlagAlone() {
        RingPair ring = RingPair.indirect(8, IndirectUse.WHEN_IT_SAVES_SLOTS);
        Chain chain = ring.chain(10, 20, -30);
        int head = ring.driver.reserve(chain);

        Descriptor referring = ring.raw.descriptor(head);
        assertThat(referring.flags()).isEqualTo(INDIRECT);
        assertThat(referring.length()).isEqualTo(3 * 16);
        assertThat(referring.next()).isZero();
        MemorySegment table = ring.memory.at(referring.address(), 48).orElseThrow();
        assertThat(
                        List.of(
                                RawRing.descriptor(table, 0),
                                RawRing.descriptor(table, 1),
                                RawRing.descriptor(table, 2)))
                .containsExactly(
                        new Descriptor(chain.address(0), 10, NEXT, 1),
                        new Descriptor(chain.address(1), 20, NEXT, 2),
                        new Descriptor(chain.address(2), 30, WRITE, 3));
    }

    private static List<Descriptor> direct(RingPair ring, int head) {
        List<Descriptor> walked = new ArrayList<>();
        Descriptor descriptor = ring.raw.descriptor(head);
        walked.add(descriptor);
        while ((descriptor.flags() & NEXT) != 0) {
            descriptor = ring.raw.descriptor(descriptor.next());
            walked.add(descriptor);
        }
        return walked;
    }
}
