package dev.virtq.ring.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DeviceChain;
import dev.virtq.queue.ring.IndirectUse;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How chains become descriptors, in the ring or in an indirect table. */
public abstract class ChainContract implements RingUnderTest {
    /** For the tests of a format. */
    protected ChainContract() {}

    /** {@return numbers of readable and of writable elements} */
    protected static Stream<Arguments> shapes() {
        return Stream.of("1,0", "0,1", "1,1", "16,0", "0,16", "5,11", "15,1", "1,15")
                .map(shape -> Arguments.of((Object[]) shape.split(",")));
    }

    /**
     * Readable elements and then writable ones, each where it was put.
     *
     * @param readable how many of the first kind
     * @param writable how many of the second
     */
    @ParameterizedTest
    @MethodSource("shapes")
    protected void anyNumberOfBuffersEachWayArrivesInOrder(int readable, int writable) {
        for (IndirectUse use : IndirectUse.values()) {
            BothEnds ring = indirect(16, use);
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

    /**
     * Tables are for those who were allowed them.
     *
     * @param use what was wished for
     */
    @ParameterizedTest
    @EnumSource(IndirectUse.class)
    protected void nothingIsIndirectUnlessTheFeatureWasAccepted(IndirectUse use) {
        BothEnds ring = ring(8, FeatureSet.EMPTY, use, BothEnds.memory());
        int size = ring.driver.size();
        int id = ring.driver.reserve(ring.chain(1, 1, 1, -1, -1));
        assertThat(sendAndRead(ring, id)).hasSize(5).noneMatch(WrittenDescriptor::indirect);
        int[] sizes = new int[size - 4];
        Arrays.fill(sizes, 1);
        assertThatThrownBy(() -> ring.driver.reserve(ring.chain(sizes)))
                .isInstanceOf(QueueFullException.class)
                .hasMessageContaining(
                        "needs %d descriptors, %d of %d are free"
                                .formatted(size - 4, size - 5, size));
        assertThat(ring.driver.room()).isEqualTo(size - 5);
    }

    @Test
    void aTableIsUsedWheneverItSavesSlots() {
        BothEnds ring = indirect(8, IndirectUse.WHEN_IT_SAVES_SLOTS);
        assertThat(isIndirect(ring, ring.driver.reserve(ring.chain(1)))).isFalse();
        assertThat(isIndirect(ring, ring.driver.reserve(ring.chain(1, -1)))).isTrue();
        assertThat(ring.driver.room()).isEqualTo(6);
    }

    @Test
    void aTableIsUsedOnlyWhenSlotsAreShort() {
        BothEnds ring = indirect(8, IndirectUse.WHEN_SLOTS_ARE_SHORT);
        assertThat(isIndirect(ring, ring.driver.reserve(ring.chain(1, 1, 1, 1, -1)))).isFalse();
        assertThat(isIndirect(ring, ring.driver.reserve(ring.chain(1, 1, -1)))).isFalse();
        assertThat(ring.driver.room()).isZero();

        BothEnds other = indirect(8, IndirectUse.WHEN_SLOTS_ARE_SHORT);
        other.reserve(6);
        assertThat(isIndirect(other, other.driver.reserve(other.chain(1, 1, -1)))).isTrue();
        assertThat(other.driver.room()).isOne();
        assertThat(isIndirect(other, other.driver.reserve(other.chain(1)))).isFalse();
    }

    @Test
    void aTableIsNeverUsedWhenNobodyWantsOne() {
        BothEnds ring = indirect(4, IndirectUse.NEVER);
        assertThat(isIndirect(ring, ring.driver.reserve(ring.chain(1, -1)))).isFalse();
        ring.reserve(1);
        assertThatThrownBy(() -> ring.driver.reserve(ring.chain(1, -1)))
                .isInstanceOf(QueueFullException.class);
    }

    /**
     * The queue's size counts for tables, too.
     *
     * @param use whether there could be one
     */
    @ParameterizedTest
    @EnumSource(IndirectUse.class)
    protected void aChainLongerThanTheQueueIsRefusedEvenWhereATableCouldHoldIt(IndirectUse use) {
        BothEnds ring = indirect(4, use);
        int size = ring.driver.size();
        int[] sizes = new int[size + 1];
        Arrays.fill(sizes, -1);
        long before = ring.memory.available();
        assertThatThrownBy(() -> ring.driver.reserve(ring.chain(sizes)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining((size + 1) + " elements")
                .hasMessageContaining(clauseOnChainLength());
        assertThat(ring.driver.room()).isEqualTo(size);
        assertThat(ring.memory.available()).isEqualTo(before);
        ring.driver.reserve(ring.chain(Arrays.copyOf(sizes, size)));
    }

    /** What comes before any ring: no chain is longer than a length can say. */
    @Test
    protected void aChainOfMoreThanFourGibibytesIsRefused() {
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
        BothEnds ring = indirect(8, IndirectUse.WHEN_IT_SAVES_SLOTS);
        long before = ring.memory.available();
        int head = ring.driver.reserve(ring.chain(1, 1, -1));
        assertThat(ring.memory.available()).isLessThan(before);
        ring.driver.release(head);
        assertThat(ring.memory.available()).isEqualTo(before);
        assertThat(ring.driver.room()).isEqualTo(8);
    }

    @Test
    void aChainThatFindsNoMemoryForItsTableTakesNothing() {
        DmaMemory memory = BothEnds.memory(8192);
        BothEnds ring =
                ring(
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

    /** A device knows nothing of what is contiguous here. */
    @Test
    protected void aBufferAcrossAHoleBecomesOneDescriptorForEachRun() {
        HoledMemory holed = new HoledMemory();
        BothEnds ring = ring(8, FeatureSet.EMPTY, IndirectUse.NEVER, holed.memory);
        DmaBuffer straddling = holed.straddling(1000, 24);
        straddling.copyFrom(0, MemorySegment.ofArray(pattern(1024)));
        int id = ring.driver.reserve(new Chain(List.of(straddling.extents()), 1));

        assertThat(sendAndRead(ring, id))
                .containsExactly(
                        new WrittenDescriptor(HoledMemory.HOLE - 1000, 1000, false),
                        new WrittenDescriptor(HoledMemory.AFTER, 24, false));
        assertThat(ring.device.take()).isTrue();
        byte[] seen = new byte[1024];
        assertThat(ring.device.chain().read(0, MemorySegment.ofArray(seen))).isEqualTo(1024);
        assertThat(seen).isEqualTo(pattern(1024));
    }

    @Test
    void aBufferAcrossAHoleFallsBackToATableWhenSlotsAreShort() {
        HoledMemory holed = new HoledMemory();
        BothEnds ring =
                ring(
                        2,
                        FeatureSet.of(CommonFeature.INDIRECT_DESC),
                        IndirectUse.WHEN_SLOTS_ARE_SHORT,
                        holed.memory);
        ring.reserve(ring.driver.size() - 1);
        DmaBuffer straddling = holed.straddling(100, 100);
        int id = ring.driver.reserve(new Chain(List.of(straddling.extents()), 0));

        assertThat(sendAndRead(ring, id)).hasSize(1).allMatch(WrittenDescriptor::indirect);
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
        BothEnds ring = indirect(8, use);
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
        BothEnds ring = ring(8);
        Chain chain = ring.chain(100, -200, -300);
        int id = ring.driver.reserve(chain);
        List<WrittenDescriptor> before = goRound(ring, id);
        assertThat(before).extracting(WrittenDescriptor::length).containsExactly(100L, 200L, 300L);
        chain.limit(1, 0);
        ring.driver.rewrite(id);
        assertThat(goRound(ring, id)).containsExactly(before.get(0), before.get(2));
        chain.limit(1, 200);
        ring.driver.rewrite(id);
        assertThat(goRound(ring, id)).isEqualTo(before);

        ring.driver.release(id);
        assertThat(ring.driver.room()).isEqualTo(ring.driver.size());
    }

    private boolean isIndirect(BothEnds ring, int id) {
        return goRound(ring, id).getFirst().indirect();
    }

    /** The chain is sent and comes back, so that the ring is as before. */
    private List<WrittenDescriptor> goRound(BothEnds ring, int id) {
        List<WrittenDescriptor> descriptors = sendAndRead(ring, id);
        ring.serve(0);
        assertThat(ring.driver.poll()).isEqualTo(id);
        return descriptors;
    }

    private static byte[] pattern(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + 7);
        }
        return bytes;
    }
}
