package dev.virtq.split;

import static dev.virtq.split.RawRing.Descriptor.INDIRECT;
import static dev.virtq.split.RawRing.Descriptor.NEXT;
import static dev.virtq.split.RawRing.Descriptor.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.split.RawRing.Descriptor;
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

class DescriptorChainTest {
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

    @ParameterizedTest
    @CsvSource({"1,0", "0,1", "1,1", "16,0", "0,16", "5,11", "15,1", "1,15"})
    @Clause({"2.7.4", "2.7.4.1#1"})
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

    @ParameterizedTest
    @EnumSource(IndirectUse.class)
    @Clause("2.7.5.3.1#1")
    void nothingIsIndirectUnlessTheFeatureWasAccepted(IndirectUse use) {
        RingPair ring = new RingPair(8, FeatureSet.EMPTY, use, RingPair.memory());
        int head = ring.driver.reserve(ring.chain(1, 1, 1, -1, -1));
        assertThat(direct(ring, head)).hasSize(5).noneMatch(it -> (it.flags() & INDIRECT) != 0);
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
    @Clause("2.7.5.3.1#3")
    void aChainLongerThanTheQueueIsRefusedEvenWhereATableCouldHoldIt(IndirectUse use) {
        RingPair ring = RingPair.indirect(4, use);
        long before = ring.memory.available();
        assertThatThrownBy(() -> ring.driver.reserve(ring.chain(1, 1, 1, -1, -1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("5 elements")
                .hasMessageContaining("2.7.5.3.1#3");
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
        int head = ring.driver.reserve(new Chain(List.of(straddling.extents()), 1));

        assertThat(direct(ring, head))
                .extracting(Descriptor::address, Descriptor::length)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(HoledMemory.HOLE - 1000, 1000L),
                        org.assertj.core.groups.Tuple.tuple(HoledMemory.AFTER, 24L));
        straddling.copyFrom(0, MemorySegment.ofArray(pattern(1024)));
        ring.send(head);
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
        int head = ring.driver.reserve(new Chain(List.of(straddling.extents()), 0));

        assertThat(isIndirect(ring, head)).isTrue();
        ring.send(head);
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
    void aLimitThatIsLiftedBringsEveryDescriptorBack() {
        RingPair ring = RingPair.of(8);
        Chain chain = ring.chain(100, -200, -300);
        int head = ring.driver.reserve(chain);
        List<Descriptor> before = direct(ring, head);
        chain.limit(1, 0);
        ring.driver.rewrite(head);
        assertThat(direct(ring, head)).hasSize(2);
        chain.limit(1, 200);
        ring.driver.rewrite(head);
        assertThat(direct(ring, head)).isEqualTo(before);

        ring.driver.release(head);
        assertThat(ring.driver.room()).isEqualTo(8);
    }

    private static boolean isIndirect(RingPair ring, int head) {
        return (ring.raw.descriptor(head).flags() & INDIRECT) != 0;
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
