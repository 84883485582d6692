package dev.virtq.ring.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens to a ring when its device is reset, or never comes back. */
public abstract class RestartContract implements RingUnderTest {
    /** For the tests of a format. */
    protected RestartContract() {}

    /**
     * Checks the bytes of a ring that was restarted, with chains that are reserved and none sent.
     *
     * @param ring the ring
     * @param before what was in its descriptor area before the restart
     */
    protected abstract void checkBytesAfterARestart(BothEnds ring, byte[] before);

    @ParameterizedTest
    @EnumSource(
            value = IndirectUse.class,
            names = {"WHEN_IT_SAVES_SLOTS", "NEVER"})
    void afterARestartEveryReservedChainCanBeSentAgain(IndirectUse use) {
        BothEnds ring = indirect(8, use);
        int fresh = ring.driver.nextAvailable();
        int used = ring.driver.reserve(ring.chain(16, -16));
        int flown = ring.driver.reserve(ring.chain(16, -16));
        int staged = ring.driver.reserve(ring.chain(16, -16));
        ring.turn(used, 70_001); // past the end of every counter
        ring.send(used);
        ring.send(flown);
        assertThat(ring.serve(3)).isEqualTo(used);
        ring.driver.stage(staged);
        byte[] before = descriptors(ring);

        ring.driver.restart();
        checkBytesAfterARestart(ring, before);
        assertThat(ring.driver.inFlight()).isZero();
        assertThat(ring.driver.nextAvailable()).isEqualTo(fresh);
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
    void whatIsPublishedBeforeARestartIsNotTheBusinessOfAnyNotificationAfterIt() {
        BothEnds ring = ring(8, CommonFeature.EVENT_IDX);
        ring.send(ring.driver.reserve(ring.small()));
        ring.driver.restart();
        assertThat(ring.driver.deviceWantsNotification()).isFalse();
    }

    @Test
    void freeingTheRingGivesAllItsMemoryBack() {
        DmaMemory memory = BothEnds.memory();
        long before = memory.available();
        BothEnds ring = withTables(256, memory);
        ring.driver.reserve(ring.chain(1, -1));
        ring.driver.free();
        assertThat(memory.available()).isEqualTo(before);
        assertThat(memory.quarantined()).isZero();
    }

    @Test
    void theMemoryOfALostRingAndItsTablesIsNeverGivenOutAgain() {
        DmaMemory memory = BothEnds.memory(256 << 10);
        BothEnds ring = withTables(64, memory);
        int id = ring.driver.reserve(ring.chain(16, -16));
        WrittenDescriptor referring = sendAndRead(ring, id).getFirst();
        assertThat(referring.indirect()).isTrue();
        List<Extent> lost = new ArrayList<>(areas(ring.setup));
        lost.add(new Extent(referring.address(), referring.length()));
        ring.driver.quarantine();
        assertThat(memory.quarantined())
                .isGreaterThanOrEqualTo(lost.stream().mapToLong(Extent::length).sum());

        List<DmaBuffer> rest = new ArrayList<>();
        assertThatThrownBy(
                        () -> {
                            while (true) {
                                rest.add(memory.allocate(16, 1));
                            }
                        })
                .isInstanceOf(IllegalStateException.class);
        assertThat(memory.available()).isLessThan(16);
        for (DmaBuffer buffer : rest) {
            long at = buffer.extents().getFirst().address();
            assertThat(lost).noneMatch(it -> at < it.end() && at + 16 > it.address());
        }
    }

    @Test
    void theTableOfAChainThatTheDeviceHasIsLostWithTheRing() {
        DmaMemory memory = BothEnds.memory();
        withTables(64, memory).driver.quarantine();
        long withoutTable = memory.quarantined();

        BothEnds ring = withTables(64, memory);
        int id = ring.driver.reserve(ring.chain(16, -16));
        WrittenDescriptor referring = sendAndRead(ring, id).getFirst();
        ring.driver.quarantine();

        assertThat(memory.quarantined())
                .isGreaterThanOrEqualTo(2 * withoutTable + referring.length());
    }

    @Test
    void nobodyCanReachTheMemoryOfARingThroughABuffer() {
        DmaMemory memory = BothEnds.memory();
        BothEnds ring = ring(4, FeatureSet.EMPTY, IndirectUse.NEVER, memory);
        for (Extent area : areas(ring.setup)) {
            assertThatThrownBy(() -> memory.allocateAt(area.address(), area.length()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not all free");
        }
    }

    private BothEnds withTables(int best, DmaMemory memory) {
        return ring(
                best,
                FeatureSet.of(CommonFeature.INDIRECT_DESC),
                IndirectUse.WHEN_IT_SAVES_SLOTS,
                memory);
    }

    private byte[] descriptors(BothEnds ring) {
        Extent area = areas(ring.setup).getFirst();
        return ring.memory
                .at(area.address(), area.length())
                .orElseThrow()
                .toArray(ValueLayout.JAVA_BYTE);
    }
}
