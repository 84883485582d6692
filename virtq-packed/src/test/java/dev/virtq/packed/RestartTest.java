package dev.virtq.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens to a ring when its device is reset, or never comes back. */
class RestartTest {
    @ParameterizedTest
    @EnumSource(
            value = IndirectUse.class,
            names = {"WHEN_IT_SAVES_SLOTS", "NEVER"})
    void afterARestartEveryReservedChainCanBeSentAgain(IndirectUse use) {
        RingPair ring = RingPair.indirect(8, use);
        int flown = ring.driver.reserve(ring.chain(16, -16));
        int used = ring.driver.reserve(ring.chain(16, -16));
        int staged = ring.driver.reserve(ring.chain(16, -16));
        ring.turn(flown, 11);
        ring.send(flown);
        ring.send(used);
        ring.serve(3);
        ring.driver.stage(staged);

        ring.driver.restart();
        assertThat(ring.raw.descriptors.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
        assertThat(ring.driver.inFlight()).isZero();
        assertThat(ring.driver.nextAvailable()).isEqualTo(0x8000);
        assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        assertThat(ring.driver.publish()).isZero();
        assertThat(ring.driver.deviceWantsNotification()).isFalse();

        var device = ring.format.createDeviceEnd(ring.setup, ring.accepted, ring.memory);
        for (int id : new int[] {staged, flown, used}) {
            ring.send(id);
            assertThat(device.take()).isTrue();
            assertThat(device.chain().id()).isEqualTo(id);
            assertThat(device.chain().count()).isEqualTo(2);
            device.use(id, 16);
            device.publish();
            assertThat(ring.driver.poll()).isEqualTo(id);
        }
    }

    @Test
    void aRestartMendsWhatTheDeviceWroteOver() {
        RingPair ring = RingPair.of(8, CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX);
        int id = ring.driver.reserve(ring.chain(16, 16, -16));
        ring.send(id);
        long table = ring.raw.descriptor(0).address();
        ring.memory.at(table, 48).orElseThrow().fill((byte) 0xff);
        ring.raw.descriptors.fill((byte) 0xff);
        ring.raw.driverEvent.fill((byte) 0xff);
        ring.raw.deviceEvent.fill((byte) 0xff);
        ring.driver.restart();
        assertThat(ring.raw.driverEventPosition()).isZero();
        assertThat(ring.raw.driverEventFlags()).isOne();
        assertThat(ring.raw.deviceEventPosition()).isZero();
        assertThat(ring.raw.deviceEventFlags()).isZero();
        ring.send(id);
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.chain().count()).isEqualTo(3);
    }

    @Test
    void whatIsPublishedBeforeARestartIsNotTheBusinessOfAnyNotificationAfterIt() {
        RingPair ring = RingPair.of(8, CommonFeature.EVENT_IDX);
        ring.send(ring.driver.reserve(ring.small()));
        ring.driver.restart();
        assertThat(ring.driver.deviceWantsNotification()).isFalse();
    }

    @Test
    void aRestartedRingAsksForNoNotificationsUntilSomebodyDoes() {
        RingPair ring = RingPair.of(4);
        ring.driver.enableNotifications();
        ring.driver.restart();
        assertThat(ring.raw.driverEventFlags()).isOne();
    }

    @Test
    void freeingTheRingGivesAllItsMemoryBack() {
        DmaMemory memory = RingPair.memory();
        long before = memory.available();
        RingPair ring =
                new RingPair(
                        256,
                        FeatureSet.of(CommonFeature.INDIRECT_DESC),
                        IndirectUse.WHEN_IT_SAVES_SLOTS,
                        memory);
        ring.driver.reserve(ring.chain(1, -1));
        ring.driver.free();
        assertThat(memory.available()).isEqualTo(before);
        assertThat(memory.quarantined()).isZero();
    }

    @Test
    void theMemoryOfALostRingAndItsTablesIsNeverGivenOutAgain() {
        DmaMemory memory = RingPair.memory(256 << 10);
        RingPair ring =
                new RingPair(
                        64,
                        FeatureSet.of(CommonFeature.INDIRECT_DESC),
                        IndirectUse.WHEN_IT_SAVES_SLOTS,
                        memory);
        int id = ring.driver.reserve(ring.chain(16, -16));
        ring.send(id);
        long table = ring.raw.descriptor(0).address();
        ring.driver.quarantine();
        assertThat(memory.quarantined()).isGreaterThanOrEqualTo(16 * 64 + 4 + 4 + 32);

        List<DmaBuffer> rest = new ArrayList<>();
        assertThatThrownBy(
                        () -> {
                            while (true) {
                                rest.add(memory.allocate(16, 1));
                            }
                        })
                .isInstanceOf(IllegalStateException.class);
        assertThat(memory.available()).isLessThan(16);
        assertThat(rest)
                .allSatisfy(buffer -> {
                    long at = buffer.extents().getFirst().address();
                    assertThat(at + 16 <= table || at >= table + 32).isTrue();
                    assertThat(
                                    at + 16 <= ring.setup.descriptorArea()
                                            || at >= ring.setup.deviceArea() + 4)
                            .isTrue();
                });
    }

    @Test
    void nobodyCanReachTheMemoryOfARingThroughABuffer() {
        DmaMemory memory = RingPair.memory();
        RingPair ring = new RingPair(4, FeatureSet.EMPTY, IndirectUse.NEVER, memory);
        assertThatThrownBy(() -> memory.allocateAt(ring.setup.descriptorArea(), 16))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not all free");
    }
}
