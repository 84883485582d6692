package dev.virtq.packed;

import static dev.virtq.packed.RawRing.AVAIL;
import static dev.virtq.packed.RawRing.INDIRECT;
import static dev.virtq.packed.RawRing.NEXT;
import static dev.virtq.packed.RawRing.USED;
import static dev.virtq.packed.RawRing.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.packed.RawRing.Descriptor;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.ChainView;
import dev.virtq.queue.QueueSnapshot.Element;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.QueueSnapshot.Slot;
import dev.virtq.queue.ring.IndirectUse;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What anybody can see of anybody's ring: the wrap counters are not in memory. */
class InferredSnapshotTest {
    private final RingPair ring = RingPair.of(5, CommonFeature.INDIRECT_DESC);
    private final long data = ring.address(64);

    /**
     * With a device that keeps the order, and a driver whose chains keep their buffers, everything
     * can be known: it is compared with what the driver knows.
     */
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "3, 3", "4, 4", "5, 5", "6, 7", "7, 8", "8, 16", "9, 31", "10, 5"})
    void withADeviceThatKeepsTheOrderTheTruthIsFound(long seed, int size) {
        System.out.printf("inferred positions, size %d, seed %d%n", size, seed);
        Random random = new Random(seed);
        RingPair any =
                new RingPair(
                        size,
                        FeatureSet.of(CommonFeature.INDIRECT_DESC),
                        seed % 2 == 0 ? IndirectUse.WHEN_SLOTS_ARE_SHORT : IndirectUse.NEVER,
                        RingPair.memory());
        List<Integer> idle = new ArrayList<>();
        while (any.driver.room() > 0) {
            int[] sizes = new int[random.nextInt(1, Math.min(any.driver.room(), 4) + 1)];
            for (int i = 0; i < sizes.length; i++) {
                sizes[i] = i == 0 ? 8 : -8;
            }
            idle.add(any.driver.reserve(any.chain(sizes)));
        }
        ArrayDeque<Integer> sent = new ArrayDeque<>();
        for (int step = 0; step < 1500; step++) {
            if (!idle.isEmpty() && random.nextBoolean()) {
                Collections.shuffle(idle, random);
                int id = idle.removeLast();
                any.send(id);
                sent.add(id);
            } else if (!sent.isEmpty()) {
                any.serve(0);
                int id = sent.remove();
                assertThat(any.driver.poll()).isEqualTo(id);
                idle.add(id);
            }
            QueueSnapshot known = any.driver.snapshot();
            QueueSnapshot seen = any.format.snapshot(1, any.setup, any.accepted, any.memory);
            assertThat(seen.anomalies()).as("step %d", step).isEmpty();
            assertThat(seen.indices().available()).isEqualTo(known.indices().available());
            assertThat(seen.indices().driverWrap()).isEqualTo(known.indices().driverWrap());
            assertThat(seen.indices().used()).isEqualTo(known.indices().used());
            assertThat(seen.indices().deviceWrap()).isEqualTo(known.indices().deviceWrap());
            assertThat(seen.slots()).isEqualTo(known.slots());
            assertThat(seen.chains()).extracting(ChainView::id).containsExactlyElementsOf(sent);
            assertThat(seen.chains())
                    .containsExactlyInAnyOrderElementsOf(
                            known.chains().stream()
                                    .filter(it -> it.owner() == Owner.DEVICE)
                                    .toList());
            assertThat(seen.nextKick().chains()).isEqualTo(sent.size());
            assertThat(seen.nextKick().staged()).isZero();
        }
    }

    @Test
    void whatCannotBeReadIsSaidToBeInferred() {
        QueueSnapshot empty = look(ring);
        assertThat(empty.queue()).isOne();
        assertThat(empty.format()).isEqualTo("packed");
        assertThat(empty.inferred())
                .containsExactly(
                        "the wrap counters, and how far driver and device are, are concluded from"
                                + " the flags of the descriptors",
                        "which chains the driver has prepared, or taken from the ring, is its secret");
        assertThat(empty.indices().available()).isZero();
        assertThat(empty.indices().used()).isZero();
        assertThat(empty.indices().driverWrap()).contains(true);
        assertThat(empty.indices().deviceWrap()).contains(true);
        assertThat(empty.indices().staged()).isEmpty();
        assertThat(empty.indices().taken()).isEmpty();
        assertThat(empty.slots()).extracting(Slot::owner).containsOnly(Owner.FREE);
        ring.send(ring.driver.reserve(ring.small()));
        assertThat(look(ring).inferred())
                .hasSize(3)
                .contains(
                        "the device is taken to use chains in order: what it used earlier may have"
                                + " overwritten older ones that it still has");
        assertThat(look(ring).indices().driverWrap()).contains(true);
        assertThat(look(ring).indices().available()).isOne();
    }

    @Test
    void aStartStateIsNotNeeded() {
        RingPair moved = RingPair.of(5).startingAt(8);
        assertThat(look(moved).indices().available()).isEqualTo(3);
        assertThat(look(moved).indices().driverWrap()).contains(false);
        assertThat(look(moved).indices().deviceWrap()).contains(false);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatABatchHasUsedIsNotWithTheDevice(boolean accepted) {
        RingPair batched = accepted ? RingPair.of(7, CommonFeature.IN_ORDER) : RingPair.of(7);
        int[] ids = {
            batched.driver.reserve(batched.chain(1, -1)),
            batched.driver.reserve(batched.chain(1)),
            batched.driver.reserve(batched.chain(1, -1)),
            batched.driver.reserve(batched.chain(1))
        };
        for (int id : ids) {
            batched.send(id);
        }
        batched.raw.use(0, ids[2], 0, AVAIL | USED); // for the first three
        QueueSnapshot picture = look(batched);
        if (accepted) {
            assertThat(picture.chains()).extracting(ChainView::id).containsExactly(ids[3]);
            assertThat(picture.indices().used()).isEqualTo(5);
        } else { // without the feature it can only be one that is short, before others
            assertThat(picture.indices().used()).isOne();
            assertThat(picture.chains())
                    .extracting(ChainView::id)
                    .containsExactly(ids[0], ids[1], ids[2], ids[3]);
        }
    }

    @Test
    void aChainThatWasSentAgainAtOnceIsWithTheDevice() {
        RingPair in = RingPair.of(5, CommonFeature.IN_ORDER);
        int[] ids = in.reserve(2);
        in.turn(ids[0], 1);
        in.send(ids[1]);
        in.send(ids[0]);
        assertThat(look(in).chains()).extracting(ChainView::id).containsExactly(ids[1], ids[0]);
        assertThat(look(in).indices().used()).isOne();
    }

    @Test
    void anOldPartOfAChainThatIsSentAgainIsNotShown() {
        RingPair whole = RingPair.of(4);
        int id = whole.driver.reserve(whole.chain(1, 1, -1));
        whole.turn(id, 1); // slots 0 to 2
        whole.turn(id, 1); // slots 3, 0, 1
        whole.send(id); // slots 2, 3, 0: nothing of the used descriptors is left but in slot 3
        QueueSnapshot picture = look(whole);
        assertThat(picture.chains()).extracting(ChainView::id).containsExactly(id);
        assertThat(picture.indices().used()).isEqualTo(2);
        assertThat(picture.indices().available()).isOne();
    }

    @Test
    void aDeviceThatLeavesTheOrderLeavesTheNewerOfTwo() {
        int[] ids = ring.reserve(3);
        for (int id : ids) {
            ring.send(id);
            assertThat(ring.device.take()).isTrue();
        }
        ring.device.use(ids[2], 0); // written over the first
        ring.device.publish();
        assertThat(ring.driver.poll()).isEqualTo(ids[2]);
        ring.send(ids[2]);
        QueueSnapshot picture = look(ring);
        assertThat(picture.chains()).extracting(ChainView::id).containsExactly(ids[1], ids[2]);
        assertThat(picture.chains().getLast().elements().getFirst().slot()).isEqualTo(3);
        assertThat(picture.slots().get(1).owner()).isEqualTo(Owner.DEVICE);
        assertThat(picture.slots().get(0).owner()).isEqualTo(Owner.FREE);
    }

    @Test
    void flagsThatChangeMoreThanOnceAreNoted() {
        for (int slot : new int[] {0, 1, 3}) {
            ring.raw.put(slot, data, 1, slot, AVAIL);
        }
        QueueSnapshot picture = look(ring);
        assertThat(picture.anomalies())
                .containsExactly(
                        "AVAIL changes 3 times along the ring (expected: at most once; 2.8.1)");
        assertThat(picture.indices().available()).isEqualTo(2);
    }

    @Test
    void aListShowsItsElementsAndSlots() {
        MemorySegment table = table(2);
        RawRing.put(table, 0, new Descriptor(data, 8, 0, 0));
        RawRing.put(table, 1, new Descriptor(data + 8, 16, 0, WRITE));
        ring.raw.put(0, data, 3, 4, NEXT | AVAIL);
        ring.raw.put(1, data + 3, 5, 4, WRITE | AVAIL);
        ring.raw.put(2, address(table), 32, 2, INDIRECT | WRITE | AVAIL);
        QueueSnapshot picture = look(ring);
        assertThat(picture.anomalies()).isEmpty();
        assertThat(picture.chains()).hasSize(2);
        assertThat(picture.chains().getFirst().id()).isEqualTo(4);
        assertThat(picture.chains().getFirst().indirect()).isFalse();
        assertThat(picture.chains().getFirst().usedLength()).isEmpty();
        assertThat(picture.chains().getFirst().elements())
                .containsExactly(new Element(0, data, 3, false), new Element(1, data + 3, 5, true));
        assertThat(picture.chains().getLast().indirect()).isTrue();
        assertThat(picture.chains().getLast().elements())
                .containsExactly(
                        new Element(0, data, 8, false), new Element(1, data + 8, 16, true));
    }

    @Test
    void whatBreaksARuleIsNoted() {
        ring.raw.put(0, data, 8, 5, AVAIL);
        anomaly("chain 5 does not exist (2.8.13)");
        ring.raw.put(0, 0x10, 8, 0, AVAIL);
        anomaly("chain 0: descriptor 0, 8 bytes at 0x10, is not in memory");
        ring.raw.put(0, data, 8, 0, AVAIL | 0x100);
        anomaly("chain 0: descriptor 0 has flags 0x180");
        ring.raw.put(0, data, 8, 0, AVAIL | NEXT);
        anomaly("chain 0 goes on at slot 1, which is not available (2.8.17#6)");
        ring.raw.put(0, data, 17, 0, AVAIL | INDIRECT);
        anomaly("the indirect table of chain 0 has 17 bytes (2.8.7)");
        ring.raw.put(0, data, 0, 0, AVAIL | INDIRECT);
        anomaly("the indirect table of chain 0 has 0 bytes (2.8.7)");
        ring.raw.put(0, 0x10, 16, 0, AVAIL | INDIRECT);
        anomaly("the indirect table of chain 0 at 0x10 is not in memory (2.8.7)");
        ring.raw.put(0, data, 96, 0, AVAIL | INDIRECT);
        anomaly("the indirect table of chain 0 has 6 descriptors: more than the queue (2.8.19#3)");

        MemorySegment table = table(5);
        for (int i = 0; i < 5; i++) {
            RawRing.put(table, i, new Descriptor(data, 8, 9, 0));
        }
        ring.raw.put(0, address(table), 80, 0, AVAIL | INDIRECT);
        assertThat(look(ring).anomalies()).isEmpty();
        assertThat(look(ring).chains().getFirst().elements()).hasSize(5);
        RawRing.put(table, 3, new Descriptor(data, 8, 9, NEXT));
        anomaly("the indirect table of chain 0: descriptor 3 has flags 0x1 (2.8.19#2)");
        RawRing.put(table, 3, new Descriptor(data, 8, 9, 0));
        RawRing.put(table, 0, new Descriptor(data, 8, 9, WRITE));
        anomaly(
                "the indirect table of chain 0: device-readable descriptor 1 follows a"
                        + " device-writable one (2.8.17#3)");

        ring.raw.put(0, data, 8, 0, AVAIL | NEXT | WRITE);
        ring.raw.put(1, data, 8, 0, AVAIL);
        anomaly("chain 0: device-readable descriptor 1 follows a device-writable one (2.8.17#3)");
        ring.raw.put(0, data, 8, 0, AVAIL | NEXT);
        ring.raw.put(1, address(table), 16, 0, AVAIL | INDIRECT);
        anomaly("chain 0: descriptor 1 has INDIRECT in a list (2.8.19#4)");
        ring.raw.put(0, address(table), 16, 0, AVAIL | INDIRECT | NEXT);
        ring.raw.put(1, 0, 0, 0, 0);
        assertThat(look(ring).anomalies())
                .containsExactly(
                        "chain 0: descriptor 0 has INDIRECT in a list (2.8.19#4)",
                        "chain 0 goes on at slot 1, which is not available (2.8.17#6)");
    }

    @Test
    void tablesThatWouldFillTheHeapAreCutOff() {
        int size = 1024;
        RingPair large = RingPair.of(size, CommonFeature.INDIRECT_DESC);
        long table = large.address(16L * size);
        MemorySegment entries = large.memory.at(table, 16L * size).orElseThrow();
        for (int i = 0; i < size; i++) {
            RawRing.put(entries, i, new Descriptor(table, 1, 0, 0));
            large.raw.put(i, table, 16L * size, i, INDIRECT | AVAIL);
        }
        QueueSnapshot picture = look(large);
        assertThat(picture.chains()).hasSize(size);
        assertThat(picture.chains().stream().mapToInt(it -> it.elements().size()).sum())
                .isEqualTo(1 << 17);
        assertThat(picture.inferred())
                .filteredOn(it -> it.contains("is not shown"))
                .containsExactly(
                        "the indirect table of chain 128 and what follows it is not shown: a"
                                + " picture has at most 131072 elements");
    }

    private void anomaly(String expected) {
        assertThat(look(ring).anomalies()).containsExactly(expected);
    }

    private static QueueSnapshot look(RingPair ring) {
        return ring.format.snapshot(1, ring.setup, ring.accepted, ring.memory);
    }

    private MemorySegment table(int entries) {
        return ring.memory.at(ring.address(16L * entries), 16L * entries).orElseThrow();
    }

    private long address(MemorySegment table) {
        return ring.memory.extents(table).getFirst().address();
    }
}
