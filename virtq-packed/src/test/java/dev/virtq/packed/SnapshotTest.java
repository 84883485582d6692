package dev.virtq.packed;

import static dev.virtq.packed.RawRing.AVAIL;
import static dev.virtq.packed.RawRing.NEXT;
import static dev.virtq.packed.RawRing.USED;
import static dev.virtq.packed.RawRing.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.virtq.device.CommonFeature;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.ChainView;
import dev.virtq.queue.QueueSnapshot.Element;
import dev.virtq.queue.QueueSnapshot.NextKick;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.QueueSnapshot.Slot;
import dev.virtq.queue.ring.Chain;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the driver end shows of its own ring. */
class SnapshotTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 9, 12, 13, 14, 25})
    void eachChainAndEachSlotHasTheOwnerThatItHas(int turns) {
        RingPair ring = RingPair.of(13).startingAt(turns);
        int used = ring.driver.reserve(ring.chain(1, -8));
        int device = ring.driver.reserve(ring.chain(1, -8, -8));
        int staged = ring.driver.reserve(ring.chain(1, -8));
        int prepared = ring.driver.reserve(ring.chain(1, -8));
        ring.send(used);
        ring.send(device);
        ring.driver.stage(staged);
        ring.serve(5);

        QueueSnapshot picture = ring.driver.snapshot();
        assertThat(picture.anomalies()).isEmpty();
        assertThat(picture.inferred()).isEmpty();
        assertThat(picture.queue()).isEqualTo(RingPair.QUEUE);
        assertThat(picture.format()).isEqualTo("packed");
        assertThat(picture.size()).isEqualTo(13);
        assertThat(picture.descriptorArea()).isEqualTo(ring.setup.descriptorArea());
        assertThat(picture.driverArea()).isEqualTo(ring.setup.driverArea());
        assertThat(picture.deviceArea()).isEqualTo(ring.setup.deviceArea());
        assertThat(chain(picture, used).owner()).isEqualTo(Owner.USED);
        assertThat(chain(picture, used).usedLength()).contains(5L);
        assertThat(chain(picture, device).owner()).isEqualTo(Owner.DEVICE);
        assertThat(chain(picture, device).usedLength()).isEmpty();
        assertThat(chain(picture, staged).owner()).isEqualTo(Owner.STAGED);
        assertThat(chain(picture, prepared).owner()).isEqualTo(Owner.PREPARED);
        assertThat(picture.chains()).hasSize(4).noneMatch(ChainView::indirect);
        for (int i = 0; i < 13; i++) {
            assertThat(picture.slots().get((turns + i) % 13).owner())
                    .isEqualTo(i < 2 ? Owner.USED : i < 5 ? Owner.DEVICE : Owner.FREE);
        }
        assertThat(picture.indices().available()).isEqualTo((turns + 5) % 13);
        assertThat(picture.indices().driverWrap()).contains((turns + 5) / 13 % 2 == 0);
        assertThat(picture.indices().used()).isEqualTo((turns + 2) % 13);
        assertThat(picture.indices().deviceWrap()).contains((turns + 2) / 13 % 2 == 0);
        assertThat(picture.indices().staged()).contains((turns + 7) % 13);
        assertThat(picture.indices().taken()).contains(turns % 13);
        assertThat(picture.nextKick()).isEqualTo(new NextKick(1, 1, true));
    }

    @Test
    void theElementsOfAChainAreTheDriversOwnRecord() {
        RingPair ring = RingPair.of(5).startingAt(4);
        Chain chain = ring.chain(10, -20);
        int id = ring.driver.reserve(chain);
        assertThat(chain(ring.driver.snapshot(), id).elements())
                .containsExactly(
                        new Element(-1, chain.address(0), 10, false), // in no slot yet
                        new Element(-1, chain.address(1), 20, true));
        ring.send(id);
        ring.raw.descriptors.fill((byte) 0xff);
        List<Element> elements =
                List.of(
                        new Element(4, chain.address(0), 10, false),
                        new Element(0, chain.address(1), 20, true));
        assertThat(chain(ring.driver.snapshot(), id).elements()).isEqualTo(elements);
        ring.raw.use(4, id, 7, AVAIL | USED | WRITE);
        assertThat(chain(ring.driver.snapshot(), id).elements()).isEqualTo(elements);
    }

    @Test
    void anIndirectChainShowsTheElementsOfItsTable() {
        RingPair ring = RingPair.of(5, CommonFeature.INDIRECT_DESC);
        ring.reserve(1);
        Chain chain = ring.chain(10, -20, -30);
        int id = ring.driver.reserve(chain);
        ring.send(id);
        ChainView view = chain(ring.driver.snapshot(), id);
        assertThat(view.indirect()).isTrue();
        assertThat(view.elements())
                .containsExactly(
                        new Element(0, chain.address(0), 10, false),
                        new Element(1, chain.address(1), 20, true),
                        new Element(2, chain.address(2), 30, true));
        assertThat(ring.driver.snapshot().slots().getFirst().flagNames())
                .isEqualTo("INDIRECT AVAIL");
    }

    @Test
    void descriptorsAreShownAsTheyAreInMemory() {
        RingPair ring = RingPair.of(3);
        Chain chain = ring.chain(10, -20);
        ring.reserve(1);
        ring.send(ring.driver.reserve(chain));
        ring.raw.put(2, 0x1234, 0xffff_ffffL, 65535, 0xffff);
        List<Slot> slots = ring.driver.snapshot().slots();
        assertThat(slots)
                .containsExactly(
                        new Slot(
                                0,
                                chain.address(0),
                                10,
                                NEXT | AVAIL,
                                "NEXT AVAIL",
                                1,
                                Owner.DEVICE),
                        new Slot(
                                1,
                                chain.address(1),
                                20,
                                WRITE | AVAIL,
                                "WRITE AVAIL",
                                1,
                                Owner.DEVICE),
                        new Slot(
                                2,
                                0x1234,
                                0xffff_ffffL,
                                0xffff,
                                "NEXT WRITE INDIRECT AVAIL USED",
                                65535,
                                Owner.FREE));
    }

    @Test
    void aLengthWithoutTheWriteFlagIsShownAsThePollWillTakeIt() {
        RingPair ring = RingPair.of(3);
        int id = ring.driver.reserve(ring.chain(-20));
        ring.send(id);
        ring.raw.use(0, id, 21, AVAIL | USED);
        assertThat(chain(ring.driver.snapshot(), id).usedLength()).contains(0L);
        ring.raw.use(0, id, 20, AVAIL | USED);
        assertThat(chain(ring.driver.snapshot(), id).usedLength()).contains(20L);
        ring.raw.use(0, id, 7, AVAIL | USED | WRITE);
        assertThat(chain(ring.driver.snapshot(), id).usedLength()).contains(7L);
        assertThat(ring.driver.snapshot().nextKick().chains()).isZero();
    }

    @Test
    void ofABatchOnlyTheLastChainHasALength() {
        RingPair ring = RingPair.of(7, CommonFeature.IN_ORDER);
        int[] ids = ring.reserve(4);
        for (int id : ids) {
            ring.send(id);
            assertThat(ring.device.take()).isTrue();
        }
        ring.device.use(ids[2], 0);
        ring.device.publish();
        for (int polled = 0; polled < 3; polled++) {
            QueueSnapshot picture = ring.driver.snapshot();
            assertThat(picture.anomalies()).isEmpty();
            for (int i = 0; i < 4; i++) {
                assertThat(chain(picture, ids[i]).owner())
                        .isEqualTo(i < polled ? Owner.PREPARED : i < 3 ? Owner.USED : Owner.DEVICE);
                assertThat(chain(picture, ids[i]).usedLength().isPresent()).isEqualTo(i == 2);
            }
            assertThat(picture.indices().used()).isEqualTo(3);
            assertThat(picture.indices().taken()).contains(polled);
            assertThat(ring.driver.poll()).isEqualTo(ids[polled]);
        }
        assertThat(chain(ring.driver.snapshot(), ids[2]).owner()).isEqualTo(Owner.PREPARED);
        assertThat(chain(ring.driver.snapshot(), ids[3]).owner()).isEqualTo(Owner.DEVICE);
    }

    @Test
    void aFullRingIsWithTheDeviceFromEndToEnd() {
        RingPair ring = RingPair.of(3).startingAt(1);
        for (int id : ring.reserve(3)) {
            ring.send(id);
        }
        QueueSnapshot picture = ring.driver.snapshot();
        assertThat(picture.slots()).extracting(Slot::owner).containsOnly(Owner.DEVICE);
        assertThat(picture.nextKick().chains()).isEqualTo(3);
        ring.serve(0);
        ring.serve(0);
        ring.serve(0);
        picture = ring.driver.snapshot();
        assertThat(picture.slots()).extracting(Slot::owner).containsOnly(Owner.USED);
        assertThat(picture.indices().used()).isEqualTo(1);
        assertThat(picture.indices().deviceWrap()).contains(false);
    }

    @Test
    void suppressionIsShownAsItWasAskedFor() {
        RingPair byFlag = RingPair.of(5);
        assertThat(byFlag.driver.snapshot().usedNotifications().enabled()).isFalse();
        assertThat(byFlag.driver.snapshot().usedNotifications().how())
                .isEqualTo("flags 0x1 DISABLE");
        byFlag.driver.enableNotifications();
        assertThat(byFlag.driver.snapshot().usedNotifications().enabled()).isTrue();
        assertThat(byFlag.driver.snapshot().usedNotifications().how())
                .isEqualTo("flags 0x0 ENABLE");
        byFlag.device.disableNotifications();
        assertThat(byFlag.driver.snapshot().availableNotifications().enabled()).isFalse();
        assertThat(byFlag.driver.snapshot().availableNotifications().how())
                .isEqualTo("flags 0x1 DISABLE");
        assertThat(byFlag.driver.snapshot().nextKick().wanted()).isFalse();
        byFlag.raw.deviceEvent(0, 3);
        assertThat(byFlag.driver.snapshot().availableNotifications().how())
                .isEqualTo("flags 0x3, which is reserved");
        assertThat(byFlag.driver.snapshot().availableNotifications().enabled()).isTrue();
    }

    @Test
    void aKickIsWantedForWhatTheDeviceWouldFindAndWhatIsStaged() {
        RingPair ring = RingPair.of(5, CommonFeature.EVENT_IDX).startingAt(4);
        int published = ring.driver.reserve(ring.small());
        ring.driver.stage(published);
        ring.driver.publish();
        ring.driver.stage(ring.driver.reserve(ring.small()));
        for (int event : new int[] {0x8003, 0x8004, 0x0000, 0x0001}) {
            ring.raw.deviceEvent(event, 2);
            assertThat(ring.driver.snapshot().nextKick())
                    .as("%04x", event)
                    .isEqualTo(new NextKick(1, 1, event == 0x8004 || event == 0));
        }
    }

    @Test
    void aPositionIsShownAndWhetherItIsTheNext() {
        RingPair ring = RingPair.of(5, CommonFeature.EVENT_IDX).startingAt(7);
        for (int event = 0; event < 10; event++) {
            int position = event < 5 ? 0x8000 | event : event - 5;
            ring.raw.deviceEvent(position, 2);
            ring.raw.driverEvent(position, 2);
            QueueSnapshot picture = ring.driver.snapshot();
            assertThat(picture.availableNotifications().how())
                    .isEqualTo(
                            "flags 0x2 DESC, slot %d, wrap counter %d"
                                    .formatted(event % 5, event < 5 ? 1 : 0));
            assertThat(picture.availableNotifications().enabled()).isEqualTo(event == 7);
            assertThat(picture.usedNotifications().enabled()).isEqualTo(event == 7);
            assertThat(picture.nextKick().wanted()).isEqualTo(event == 7);
        }
    }

    @Test
    void whatTheDeviceDidWrongIsNoted() {
        RingPair ring = RingPair.of(5);
        int id = ring.driver.reserve(ring.small());
        ring.raw.use(0, id, 0, AVAIL | USED);
        assertThat(ring.driver.snapshot().anomalies())
                .containsExactly(
                        "descriptor 0 is used for chain 0, which is not in flight (2.8.13)");
        ring.send(id);
        ring.raw.use(0, 77, 0, AVAIL | USED);
        assertThat(ring.driver.snapshot().anomalies())
                .containsExactly(
                        "descriptor 0 is used for chain 77, which is not in flight (2.8.13)");
        ring.raw.use(0, id, 0, AVAIL | USED);
        ring.raw.use(1, id, 0, AVAIL | USED);
        assertThat(ring.driver.snapshot().anomalies())
                .containsExactly(
                        "descriptor 1 is used for chain 0, which is not in flight (2.8.13)");
        assertThat(chain(ring.driver.snapshot(), id).owner()).isEqualTo(Owner.USED);
    }

    static ChainView chain(QueueSnapshot picture, int id) {
        return picture.chains().stream().filter(it -> it.id() == id).findFirst().orElseThrow();
    }
}
