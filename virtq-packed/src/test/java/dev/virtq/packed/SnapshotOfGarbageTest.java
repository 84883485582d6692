package dev.virtq.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.ring.IndirectUse;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A picture can be taken of anything, as a guest may have left it. */
@Timeout(60)
class SnapshotOfGarbageTest {
    private static final FeatureSet ALL =
            FeatureSet.of(
                    CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX, CommonFeature.IN_ORDER);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 256, 4095})
    void randomBytesInAllAreasAreShownAndNeverThrow(int size) {
        PackedFormat format = new PackedFormat();
        DmaMemory memory = RingPair.memory();
        MemorySegment all = memory.mappings().getFirst().segment();
        QueueSetup setup =
                new QueueSetup(
                        size,
                        RingPair.DEVICE_ADDRESS,
                        RingPair.DEVICE_ADDRESS + 256 * 1024,
                        RingPair.DEVICE_ADDRESS + 512 * 1024,
                        0);
        RawRing raw = new RawRing(setup, memory);
        int anomalies = 0;
        int chains = 0;
        for (long seed = 1; seed <= (size > 1000 ? 10 : 60); seed++) {
            Random random = new Random(seed);
            byte[] garbage = new byte[16 * size];
            random.nextBytes(garbage);
            all.asSlice(0, garbage.length).copyFrom(MemorySegment.ofArray(garbage));
            raw.driverEvent(random.nextInt(), random.nextInt());
            raw.deviceEvent(random.nextInt(), random.nextInt());
            if (random.nextInt(4) > 0) { // else hardly anything is ever outstanding
                for (int slot = 0; slot < size; slot++) {
                    raw.put(
                            slot,
                            RingPair.DEVICE_ADDRESS + random.nextInt(1 << 20),
                            16L * random.nextInt(64),
                            random.nextInt(size + size / 8 + 1),
                            random.nextInt(8)
                                    | (slot < size / 2 ? RawRing.AVAIL : RawRing.USED)
                                    | (random.nextInt(9) == 0 ? RawRing.USED : 0));
                }
            }
            QueueSnapshot picture =
                    format.snapshot(
                            0, setup, random.nextBoolean() ? ALL : FeatureSet.EMPTY, memory);
            assertThat(picture.slots()).hasSize(size);
            anomalies += picture.anomalies().size();
            chains += picture.chains().size();
        }
        System.out.printf("garbage of size %d: %d chains, %d anomalies%n", size, chains, anomalies);
        assertThat(anomalies).isPositive();
        assertThat(chains).isPositive();
    }

    @Test
    void aDriversOwnPictureSurvivesWhateverTheDeviceWrote() {
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            RingPair ring =
                    new RingPair(
                            15,
                            random.nextBoolean() ? ALL : FeatureSet.EMPTY,
                            IndirectUse.WHEN_SLOTS_ARE_SHORT,
                            RingPair.memory(64 << 10));
            int[] ids = ring.reserve(4);
            ring.send(ids[0]);
            ring.send(ids[1]);
            ring.driver.stage(ids[2]);
            for (int slot = 0; slot < 15; slot++) {
                ring.raw.use(
                        slot, random.nextInt(6), random.nextInt(3), 0x8080 | random.nextInt(8));
            }
            for (MemorySegment area :
                    new MemorySegment[] {
                        ring.raw.descriptors, ring.raw.driverEvent, ring.raw.deviceEvent
                    }) {
                for (long i = 0; i < area.byteSize(); i++) {
                    if (random.nextInt(9) == 0) {
                        area.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
                    }
                }
            }
            QueueSnapshot picture = ring.driver.snapshot();
            assertThat(picture.chains()).hasSize(4);
            assertThat(picture.chains().get(ids[0]).owner()).isIn(Owner.DEVICE, Owner.USED);
            assertThat(picture.chains().get(ids[2]).owner()).isEqualTo(Owner.STAGED);
            assertThat(picture.chains().get(ids[3]).owner()).isEqualTo(Owner.PREPARED);
            assertThat(picture.indices().staged()).contains(3);
            assertThat(picture.indices().available()).isEqualTo(2);
        }
    }

    @Test
    void aFullRingOfTheLargestSizeIsShownInTime() {
        RingPair ring = new RingPair(32768, ALL, IndirectUse.NEVER, RingPair.memory(2 << 20));
        for (int id : ring.reserve(32768)) {
            ring.driver.stage(id);
        }
        ring.driver.publish();
        assertThat(ring.format.snapshot(0, ring.setup, ALL, ring.memory).chains()).hasSize(32768);
        while (ring.device.take()) {
            ring.device.use(ring.device.chain().id(), 0);
        }
        ring.device.publish();
        assertThat(ring.driver.snapshot().chains()).allMatch(it -> it.owner() == Owner.USED);
    }

    @Test
    void onlyARingOutsideMemoryOrNotAlignedIsRefused() {
        PackedFormat format = new PackedFormat();
        DmaMemory memory = RingPair.memory();
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            QueueSetup setup =
                    new QueueSetup(
                            random.nextInt(1, 32769),
                            address(random),
                            address(random),
                            address(random),
                            random.nextInt());
            try {
                format.snapshot(0, setup, ALL, memory);
            } catch (IllegalArgumentException e) {
                refused++;
                assertThat(e.getMessage()).containsAnyOf("is not in memory", "not aligned");
            }
        }
        assertThat(refused).isBetween(1000, 1990);
        assertThatThrownBy(
                        () -> format.snapshot(0, new QueueSetup(4, -16, -16, -16, 0), ALL, memory))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("descriptor area")
                .hasMessageContaining("0xfffffffffffffff0");
    }

    private static long address(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> RingPair.DEVICE_ADDRESS + RingPair.MEMORY_BYTES - random.nextInt(4096);
            default -> RingPair.DEVICE_ADDRESS + 16L * random.nextInt(65536);
        };
    }
}
