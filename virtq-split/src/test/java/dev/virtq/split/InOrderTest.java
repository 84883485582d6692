package dev.virtq.split;

import static dev.virtq.split.RawRing.Descriptor.INDIRECT;
import static dev.virtq.split.RawRing.Descriptor.NEXT;
import static dev.virtq.split.RawRing.Descriptor.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.QueueFullException;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.split.RawRing.Descriptor;
import dev.virtq.testing.Clause;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the driver end puts descriptors once VIRTIO_F_IN_ORDER was accepted (2.7.5). */
class InOrderTest {
    private static final FeatureSet WITH_TABLES =
            FeatureSet.of(CommonFeature.IN_ORDER, CommonFeature.INDIRECT_DESC);

    @Test
    @Clause("2.7.5.2#2")
    void aChainThatCrossesTheEndOfTheTableGoesOnAtItsFirstSlot() {
        RingPair ring = RingPair.of(4, CommonFeature.IN_ORDER);
        Chain chain = ring.chain(0x10, -0x20, -0x30);
        int id = ring.driver.reserve(chain);

        ring.turn(id, 1);
        assertThat(hex(ring, 0)).isEqualTo(address(chain, 0) + "10000000" + "0100" + "0100");
        assertThat(hex(ring, 1)).isEqualTo(address(chain, 1) + "20000000" + "0300" + "0200");
        assertThat(hex(ring, 2)).isEqualTo(address(chain, 2) + "30000000" + "0200" + "0000");
        assertThat(hex(ring, 3)).isEqualTo("00".repeat(16));
        assertThat(ring.raw.availableEntry(0)).isZero();

        ring.turn(id, 1);
        assertThat(hex(ring, 3)).isEqualTo(address(chain, 0) + "10000000" + "0100" + "0000");
        assertThat(hex(ring, 0)).isEqualTo(address(chain, 1) + "20000000" + "0300" + "0100");
        assertThat(hex(ring, 1)).isEqualTo(address(chain, 2) + "30000000" + "0200" + "0000");
        assertThat(ring.raw.availableEntry(1)).isEqualTo(3);

        ring.turn(id, 1);
        assertThat(ring.raw.availableEntry(2)).isEqualTo(2);
        assertThat(ring.raw.descriptor(2)).isEqualTo(new Descriptor(chain.address(0), 16, NEXT, 3));
        assertThat(ring.raw.descriptor(3).next()).isZero();
        assertThat(ring.raw.descriptor(3).flags()).isEqualTo(NEXT | WRITE);
        assertThat(ring.raw.descriptor(0).flags()).isEqualTo(WRITE);
    }

    @Test
    void aChainThatComesToItsOldPlaceIsNotWrittenAgainUnlessItChanged() {
        RingPair ring = RingPair.of(4, CommonFeature.IN_ORDER);
        Chain chain = ring.chain(0x10, -0x20);
        int first = ring.driver.reserve(chain);
        int second = ring.driver.reserve(ring.chain(0x30, -0x40));
        ring.turn(first, 1);
        ring.turn(second, 1);
        ring.raw.putDescriptor(0, chain.address(0), 0xc, NEXT, 1); // a mark

        ring.turn(first, 1);
        assertThat(ring.raw.descriptor(0).length()).isEqualTo(0xc);
        ring.turn(second, 1);

        chain.limit(0, 0x8);
        ring.driver.rewrite(first);
        ring.turn(first, 1);
        assertThat(ring.raw.descriptor(0))
                .isEqualTo(new Descriptor(chain.address(0), 0x8, NEXT, 1));
    }

    @Test
    void aChainIsWrittenAgainWhereAnotherOneWasMeanwhile() {
        RingPair ring = RingPair.of(4, CommonFeature.IN_ORDER);
        Chain pair = ring.chain(0x10, -0x20);
        int first = ring.driver.reserve(pair);
        Chain single = ring.chain(0x30);
        int second = ring.driver.reserve(single);
        for (int round = 0; round < 12; round++) { // places 0 and 1, 2; 3 and 0, 1; 2 and 3, 0; ...
            int start = 3 * round % 4;
            ring.turn(first, 1);
            assertThat(ring.raw.descriptor(start).address()).isEqualTo(pair.address(0));
            assertThat(ring.raw.descriptor((start + 1) % 4).address()).isEqualTo(pair.address(1));
            ring.turn(second, 1);
            assertThat(ring.raw.descriptor((start + 2) % 4).address()).isEqualTo(single.address(0));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 32, 32768})
    @Clause("2.7.5.2#2")
    void nextIsTheSlotAfterItOrZeroForTheLastOfTheTable(int size) {
        RingPair ring =
                new RingPair(
                        size,
                        FeatureSet.of(CommonFeature.IN_ORDER),
                        IndirectUse.NEVER,
                        RingPair.memory(2 << 20));
        int[] sizes = new int[Math.max(1, size - 1)]; // begins one slot further back each time
        Arrays.fill(sizes, 1);
        int id = ring.driver.reserve(ring.chain(sizes));
        int start = 0;
        for (int round = 0; round < Math.min(2 * size, 40); round++) {
            ring.send(id);
            assertThat(ring.raw.availableEntry(round)).isEqualTo(start);
            for (int i = 0; i < sizes.length; i++) {
                int slot = (start + i) % size;
                Descriptor descriptor = ring.raw.descriptor(slot);
                if (i + 1 < sizes.length) {
                    assertThat(descriptor.flags()).isEqualTo(NEXT);
                    assertThat(descriptor.next()).isEqualTo(slot + 1 == size ? 0 : slot + 1);
                } else {
                    assertThat(descriptor.flags()).isZero();
                }
            }
            assertThat(ring.serve(0)).isEqualTo(start);
            assertThat(ring.driver.poll()).isEqualTo(id);
            start = (start + sizes.length) % size;
        }
    }

    @Test
    void descriptorsAreUsedInRingOrderWhateverTheIds() {
        RingPair ring = RingPair.of(8, CommonFeature.IN_ORDER);
        int one = ring.driver.reserve(ring.chain(1));
        int two = ring.driver.reserve(ring.chain(1, -1));
        int three = ring.driver.reserve(ring.chain(1, -1, -1));
        for (int id : new int[] {three, one, two}) {
            ring.driver.stage(id);
        }
        ring.driver.publish();
        assertThat(heads(ring, 0, 3)).containsExactly(0, 3, 4);
        for (int id : new int[] {three, one, two}) {
            ring.serve(0);
            assertThat(ring.driver.poll()).isEqualTo(id);
        }
        for (int id : new int[] {two, three, one}) {
            ring.driver.stage(id);
        }
        ring.driver.publish();
        assertThat(heads(ring, 3, 3)).containsExactly(6, 0, 3);
    }

    @Test
    void aFullQueueFindsRoomWhereverItsRunBegins() {
        RingPair ring = RingPair.of(8, CommonFeature.IN_ORDER);
        int[] ids = {
            ring.driver.reserve(ring.chain(1, -1, -1)),
            ring.driver.reserve(ring.chain(1, -1)),
            ring.driver.reserve(ring.chain(1, 1, -1))
        };
        assertThat(ring.driver.room()).isZero();
        assertThatThrownBy(() -> ring.driver.reserve(ring.small()))
                .isInstanceOf(QueueFullException.class)
                .hasMessageContaining("needs 1 descriptors, 0 of 8 are free");
        int slot = 0;
        for (int round = 0; round < 3000; round++) {
            int id = ids[round % 3]; // each as soon as it is back: the ring stays full
            if (round >= 3) {
                ring.serve(0);
                assertThat(ring.driver.poll()).isEqualTo(id);
            }
            ring.send(id);
            assertThat(ring.raw.availableEntry(round)).isEqualTo(slot);
            slot = (slot + (round % 3 == 1 ? 2 : 3)) % 8;
        }
        assertThat(ring.driver.inFlight()).isEqualTo(3);
    }

    @Test
    @Clause({"2.7.5.3.1#5", "2.7.5.3.1#4"})
    void anIndirectTableStaysAndOnlyTheDescriptorThatRefersToItMoves() {
        RingPair ring =
                new RingPair(4, WITH_TABLES, IndirectUse.WHEN_IT_SAVES_SLOTS, RingPair.memory());
        Chain chain = ring.chain(10, 20, -30);
        int id = ring.driver.reserve(chain);
        assertThat(ring.driver.room()).isEqualTo(3);
        ring.turn(id, 1);
        long table = ring.raw.descriptor(0).address();
        MemorySegment entries = ring.memory.at(table, 48).orElseThrow();
        List<Descriptor> written =
                List.of(
                        new Descriptor(chain.address(0), 10, NEXT, 1),
                        new Descriptor(chain.address(1), 20, NEXT, 2),
                        new Descriptor(chain.address(2), 30, WRITE, 3));
        for (int i = 0; i < 3; i++) {
            assertThat(RawRing.descriptor(entries, i)).isEqualTo(written.get(i));
        }
        entries.fill((byte) 0xee); // to write it again would mend it
        for (int slot = 1; slot < 20; slot++) {
            ring.raw.descriptors.fill((byte) 0xee);
            int before = ring.raw.availableIndex();
            ring.send(id);
            assertThat(ring.raw.availableEntry(before)).isEqualTo(slot % 4);
            assertThat(ring.raw.descriptor(slot % 4))
                    .isEqualTo(new Descriptor(table, 48, INDIRECT, 0));
            for (int untouched = 1; untouched < 4; untouched++) {
                assertThat(hex(ring, (slot + untouched) % 4)).isEqualTo("ee".repeat(16));
            }
            ring.raw.use(slot % 4, 0);
            assertThat(ring.driver.poll()).isEqualTo(id);
        }
        assertThat(entries.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0xee);
    }

    @Test
    void aLimitIsWrittenAtTheNextSendingAndLeavesNoHole() {
        RingPair ring = RingPair.of(8, CommonFeature.IN_ORDER);
        Chain chain = ring.chain(100, 200, -300);
        int id = ring.driver.reserve(chain);
        ring.turn(id, 1);
        chain.limit(0, 0);
        chain.limit(2, 30);
        ring.driver.rewrite(id);
        ring.turn(id, 1);
        assertThat(ring.raw.availableEntry(1)).isEqualTo(3);
        assertThat(ring.raw.descriptor(3))
                .isEqualTo(new Descriptor(chain.address(0), 200, NEXT, 4));
        assertThat(ring.raw.descriptor(4).length()).isEqualTo(30);
        chain.limit(0, 100);
        ring.driver.rewrite(id);
        ring.turn(id, 1);
        assertThat(ring.raw.availableEntry(2)).isEqualTo(5);
        assertThat(ring.raw.descriptor(7).flags()).isEqualTo(WRITE);
    }

    @Test
    void aLimitOfAChainInATableIsWrittenIntoTheTable() {
        RingPair ring =
                new RingPair(4, WITH_TABLES, IndirectUse.WHEN_IT_SAVES_SLOTS, RingPair.memory());
        Chain chain = ring.chain(100, 200, -300);
        int id = ring.driver.reserve(chain);
        chain.limit(0, 0);
        ring.driver.rewrite(id);
        ring.send(id);
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.chain().count()).isEqualTo(2);
        assertThat(ring.device.chain().readableBytes()).isEqualTo(200);
        assertThat(ring.raw.descriptor(0).length()).isEqualTo(32);
    }

    @Test
    void takingBackFromTheMiddleClosesTheGapInTheTable() {
        RingPair ring = RingPair.of(8, CommonFeature.IN_ORDER);
        int start = ring.driver.reserve(ring.chain(1));
        ring.turn(start, 5); // so that the staged ones lie around the end of the table
        int[] ids = {
            ring.driver.reserve(ring.chain(1, -2)),
            ring.driver.reserve(ring.chain(3, 4, -5)),
            ring.driver.reserve(ring.chain(-6)),
            ring.driver.reserve(ring.chain(-7))
        };
        for (int id : ids) {
            ring.driver.stage(id);
        }
        ring.driver.unstage(ids[1]);
        assertThat(ring.driver.publish()).isEqualTo(3);
        assertThat(heads(ring, 5, 3)).containsExactly(5, 7, 0);
        assertThat(ring.raw.descriptor(5).next()).isEqualTo(6);
        assertThat(ring.raw.descriptor(7).length()).isEqualTo(6);
        assertThat(ring.raw.descriptor(0).length()).isEqualTo(7);

        ring.send(ids[1]);
        assertThat(ring.raw.availableEntry(8)).isEqualTo(1);
        for (int id : new int[] {ids[0], ids[2], ids[3], ids[1]}) {
            ring.serve(0);
            assertThat(ring.driver.poll()).isEqualTo(id);
        }
    }

    @Test
    void takingBackTheFirstTheLastAndAllOfThemLeavesNothingBehind() {
        RingPair ring = RingPair.of(4, CommonFeature.IN_ORDER);
        int[] ids = ring.reserve(4);
        for (int id : ids) {
            ring.driver.stage(id);
        }
        ring.driver.unstage(ids[0]);
        ring.driver.unstage(ids[3]);
        ring.driver.unstage(ids[2]);
        ring.driver.unstage(ids[1]);
        assertThat(ring.driver.publish()).isZero();
        assertThatThrownBy(() -> ring.driver.unstage(ids[1]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not staged");
        ring.send(ids[2]);
        assertThat(ring.raw.availableEntry(0)).isZero();
        assertThatThrownBy(() -> ring.driver.unstage(ids[2]))
                .isInstanceOf(IllegalStateException.class);
        ring.serve(0);
        assertThat(ring.driver.poll()).isEqualTo(ids[2]);
    }

    @Test
    void idsAreGivenOutOnceEachAndComeBack() {
        RingPair ring = RingPair.of(8, CommonFeature.IN_ORDER);
        int[] all = ring.reserve(8);
        assertThat(all).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        ring.driver.release(all[3]);
        ring.driver.release(all[6]);
        assertThat(ring.driver.room()).isEqualTo(2);
        int two = ring.driver.reserve(ring.chain(1, -1));
        assertThat(two).isIn(3, 6);
        assertThat(ring.driver.room()).isZero();
        ring.driver.release(two);
        assertThat(ring.driver.room()).isEqualTo(2);
    }

    @Test
    void theDeviceCanWriteOverTheTableAndTheNextSendingMendsIt() {
        RingPair ring = RingPair.of(8, CommonFeature.IN_ORDER);
        int id = ring.driver.reserve(ring.chain(16, -32, -32));
        for (int round = 0; round < 20; round++) {
            ring.raw.descriptors.fill((byte) 0xff);
            ring.send(id);
            assertThat(ring.device.take()).isTrue();
            assertThat(ring.device.chain().count()).isEqualTo(3);
            ring.raw.descriptors.fill((byte) 0xff);
            ring.device.use(ring.device.chain().id(), 64);
            ring.device.publish();
            assertThat(ring.driver.poll()).isEqualTo(id);
            assertThat(ring.driver.usedLength()).isEqualTo(64);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void afterARestartTheTableIsUsedFromItsFirstSlotAgain(boolean indirect) {
        RingPair ring =
                new RingPair(
                        8,
                        indirect ? WITH_TABLES : FeatureSet.of(CommonFeature.IN_ORDER),
                        IndirectUse.WHEN_IT_SAVES_SLOTS,
                        RingPair.memory());
        int[] ids = {
            ring.driver.reserve(ring.chain(16, -16)),
            ring.driver.reserve(ring.chain(16, -16)),
            ring.driver.reserve(ring.chain(16, -16))
        };
        ring.turn(ids[0], 70002); // not a whole number of rounds
        for (int id : ids) {
            ring.driver.stage(id);
        }
        ring.driver.publish();
        ring.device.take();
        ring.device.take();
        ring.device.use(
                ring.device.chain().id(), 5); // a batch of two, of which the driver sees one
        ring.device.publish();
        assertThat(ring.driver.poll()).isEqualTo(ids[0]);

        if (indirect) {
            long table = ring.raw.descriptor(ring.raw.availableEntry(70002)).address();
            ring.memory.at(table, 32).orElseThrow().fill((byte) 0xff);
        }
        ring.raw.descriptors.fill((byte) 0xff);
        ring.driver.restart();
        assertThat(ring.driver.inFlight()).isZero();
        assertThat(ring.driver.poll()).isEqualTo(-1);
        var device = ring.format.createDeviceEnd(ring.setup, ring.accepted, ring.memory);
        int slot = 0;
        for (int id : new int[] {ids[2], ids[0], ids[1]}) {
            ring.send(id);
            assertThat(device.take()).isTrue();
            assertThat(device.chain().id()).isEqualTo(slot);
            assertThat(device.chain().count()).isEqualTo(2);
            device.use(slot, 16);
            device.publish();
            assertThat(ring.driver.poll()).isEqualTo(id);
            assertThat(ring.driver.usedLength()).isEqualTo(16);
            assertThat(ring.driver.usedLengthIsAssumed()).isFalse();
            slot += indirect ? 1 : 2;
        }
    }

    @Test
    void withoutTheFeatureDescriptorsStayWhereTheyAre() {
        RingPair ring = RingPair.of(8);
        int id = ring.driver.reserve(ring.chain(1, -1));
        ring.turn(id, 3);
        assertThat(heads(ring, 0, 3)).containsOnly(id);
    }

    private static List<Integer> heads(RingPair ring, int from, int count) {
        List<Integer> heads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            heads.add(ring.raw.availableEntry(from + i));
        }
        return heads;
    }

    private static String hex(RingPair ring, int slot) {
        return HexFormat.of()
                .formatHex(
                        ring.raw
                                .descriptors
                                .asSlice(16L * slot, 16)
                                .toArray(ValueLayout.JAVA_BYTE));
    }

    private static String address(Chain chain, int element) {
        return HexFormat.of().toHexDigits(Long.reverseBytes(chain.address(element)));
    }
}
