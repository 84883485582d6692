package dev.virtq.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.ring.contract.SendingContract;
import dev.virtq.testing.Clause;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@SuppressWarnings("JUnitMethodInvoked") // an override names the clause
class SendingTest extends SendingContract implements SplitRing {
    @Override
    @Test
    @Clause({"2.7.8.3#1", "2.7.8.2#3"})
    protected void theUsedLengthIsTheDevicesAndTheRestOfTheBufferIsNobodysBusiness() {
        super.theUsedLengthIsTheDevicesAndTheRestOfTheBufferIsNobodysBusiness();
    }

    @Override
    @Test
    @Clause("2.7.5.1#1")
    protected void theDeviceEndWritesWritableBytesOnlyAndReadsReadableOnes() {
        super.theDeviceEndWritesWritableBytesOnlyAndReadsReadableOnes();
    }

    @Test
    void whatIsStagedIsNotVisibleBeforeItIsPublished() {
        RingPair ring = RingPair.of(4);
        int[] ids = ring.reserve(3);
        for (int id : ids) {
            ring.driver.stage(id);
        }
        assertThat(ring.raw.availableIndex()).isZero();
        assertThat(ring.device.take()).isFalse();
        assertThat(ring.driver.inFlight()).isZero();

        assertThat(ring.driver.publish()).isEqualTo(3);
        assertThat(ring.raw.availableIndex()).isEqualTo(3);
        assertThat(ring.driver.inFlight()).isEqualTo(3);
        assertThat(ring.driver.publish()).isZero();
    }

    @Test
    @Clause({"2.7.13.2", "2.7.6"})
    void chainsAreMadeAvailableInTheOrderInWhichTheyWereStaged() {
        RingPair ring = RingPair.of(4);
        int[] ids = ring.reserve(4);
        int[] order = {ids[2], ids[0], ids[3], ids[1]};
        for (int id : order) {
            ring.driver.stage(id);
        }
        ring.driver.publish();
        for (int i = 0; i < 4; i++) {
            assertThat(ring.raw.availableEntry(i)).isEqualTo(order[i]);
            assertThat(ring.serve(0)).isEqualTo(order[i]);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = IndirectUse.class,
            names = {"WHEN_IT_SAVES_SLOTS", "NEVER"})
    void sendingAgainCostsOneAvailableEntryAndNoDescriptor(IndirectUse use) {
        RingPair ring = RingPair.indirect(8, use);
        int id = ring.driver.reserve(ring.chain(64, 64, -64));
        byte[] table = ring.raw.descriptors.toArray(ValueLayout.JAVA_BYTE);
        byte[] indirect = indirectTable(ring, id);

        // A ring that wrote its descriptors again would mend what is broken here.
        ring.raw.descriptors.fill((byte) 0xee);
        MemorySegment.copy(
                MemorySegment.ofArray(table), 0, ring.raw.descriptors, 0, table.length / 2);
        byte[] marked = ring.raw.descriptors.toArray(ValueLayout.JAVA_BYTE);
        for (int i = 0; i < 20; i++) {
            int before = ring.raw.availableIndex();
            ring.send(id);
            assertThat(ring.raw.availableIndex()).isEqualTo(before + 1);
            assertThat(ring.raw.availableEntry(before)).isEqualTo(id);
            ring.serve(64);
            assertThat(ring.driver.poll()).isEqualTo(id);
        }
        assertThat(ring.raw.descriptors.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(marked);
        assertThat(indirectTable(ring, id)).isEqualTo(indirect);
    }

    @Test
    @Clause("2.7.6.1#1")
    void whatIsPublishedCannotBeTakenBack() {
        RingPair ring = RingPair.of(4);
        int[] ids = ring.reserve(2);
        ring.send(ids[0]);
        assertThatThrownBy(() -> ring.driver.unstage(ids[0]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not staged");
        assertThatThrownBy(() -> ring.driver.unstage(ids[1]))
                .isInstanceOf(IllegalStateException.class);
        assertThat(ring.raw.availableIndex()).isOne();
    }

    @Test
    void takingBackDoesNotBelieveTheAvailableRing() {
        RingPair ring = RingPair.of(4);
        int[] ids = ring.reserve(3);
        for (int id : ids) {
            ring.driver.stage(id);
        }
        for (int i = 0; i < 4; i++) {
            ring.raw.availableEntry(i, 0xffff); // a device that writes where it may not
        }
        ring.driver.unstage(ids[0]);
        ring.driver.publish();
        assertThat(ring.serve(0)).isEqualTo(ids[1]);
        assertThat(ring.serve(0)).isEqualTo(ids[2]);
    }

    @Test
    @Clause({"2.7.6.1#1", "2.7.6", "2.7.8"})
    void theIndicesCountOnPast65535() {
        for (int size : new int[] {1, 2, 256}) {
            RingPair ring = RingPair.of(size);
            int id = ring.driver.reserve(ring.small());
            ring.turn(id, 65535);
            assertThat(ring.raw.availableIndex()).isEqualTo(65535);
            assertThat(ring.raw.usedIndex()).isEqualTo(65535);
            ring.turn(id, 1);
            assertThat(ring.raw.availableIndex()).isZero();
            assertThat(ring.raw.usedIndex()).isZero();
            ring.turn(id, 70000);
            assertThat(ring.raw.availableIndex()).isEqualTo((65536 + 70000) & 0xffff);
            assertThat(ring.driver.nextAvailable()).isEqualTo((65536 + 70000) & 0xffff);
        }
    }

    @Test
    void aFullRingOfTheLargestSizeGoesPastTheEndOfTheIndex() {
        RingPair ring =
                new RingPair(32768, FeatureSet.EMPTY, IndirectUse.NEVER, RingPair.memory(2 << 20));
        int[] ids = ring.reserve(32768);
        for (int round = 0; round < 5; round++) {
            for (int id : ids) {
                ring.driver.stage(id);
            }
            assertThat(ring.driver.publish()).isEqualTo(32768);
            for (int id : ids) {
                assertThat(ring.device.take()).isTrue();
                ring.device.use(id, 0);
            }
            ring.device.publish();
            for (int id : ids) {
                assertThat(ring.driver.poll()).isEqualTo(id);
            }
            assertThat(ring.driver.poll()).isEqualTo(DriverRing.NOTHING);
        }
    }

    @Test
    @Clause("2.7.5.1#2")
    void theDeviceEndWritesNothingButTheUsedRing() {
        RingPair ring = RingPair.of(4, CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX);
        int[] ids = {
            ring.driver.reserve(ring.chain(16, -16)),
            ring.driver.reserve(ring.chain(16)),
            ring.driver.reserve(ring.chain(-16))
        };
        for (int id : ids) {
            ring.driver.stage(id);
        }
        ring.driver.publish();
        byte[] descriptors = ring.raw.descriptors.toArray(ValueLayout.JAVA_BYTE);
        byte[] available = ring.raw.available.toArray(ValueLayout.JAVA_BYTE);
        byte[] indirect = indirectTable(ring, ids[0]);
        ring.device.enableNotifications();
        while (ring.device.take()) {
            ring.device.use(ring.device.chain().id(), 0);
        }
        ring.device.publish();
        ring.device.driverWantsNotification();
        ring.device.disableNotifications();
        assertThat(ring.raw.descriptors.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(descriptors);
        assertThat(ring.raw.available.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(available);
        assertThat(indirectTable(ring, ids[0])).isEqualTo(indirect);
    }

    private static byte[] indirectTable(RingPair ring, int id) {
        RawRing.Descriptor descriptor = ring.raw.descriptor(id);
        if ((descriptor.flags() & RawRing.Descriptor.INDIRECT) == 0) {
            return new byte[0];
        }
        return ring.memory
                .at(descriptor.address(), descriptor.length())
                .orElseThrow()
                .toArray(ValueLayout.JAVA_BYTE);
    }
}
