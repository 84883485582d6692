package dev.virtq.split;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A picture can be taken of anything, as a guest may have left it. */
class SnapshotOfGarbageTest {
    private static final FeatureSet ALL =
            FeatureSet.of(CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 256, 4096})
    void randomBytesInAllAreasAreShownAndNeverThrow(int size) {
        SplitFormat format = new SplitFormat();
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
            byte[] garbage = new byte[(int) all.byteSize()];
            random.nextBytes(garbage);
            all.copyFrom(MemorySegment.ofArray(garbage));
            if (random.nextInt(4) > 0) { // else hardly anything is ever outstanding
                for (int slot = 0; slot < size; slot++) {
                    raw.putDescriptor(
                            slot,
                            RingPair.DEVICE_ADDRESS + random.nextInt(1 << 20),
                            16L * random.nextInt(64),
                            random.nextInt(8),
                            random.nextInt(size + size / 8 + 1));
                    raw.availableEntry(slot, random.nextInt(size + 1));
                }
                raw.availableIndex(raw.usedIndex() + random.nextInt(size + 1));
            }
            QueueSnapshot picture =
                    format.snapshot(
                            0, setup, random.nextBoolean() ? ALL : FeatureSet.EMPTY, memory);
            assertThat(picture.slots()).hasSize(size);
            anomalies += picture.anomalies().size();
            chains += picture.chains().size();
        }
        assertThat(anomalies).isPositive();
        assertThat(chains).isPositive();
    }

    @Test
    void aDriversOwnPictureSurvivesWhateverTheDeviceWrote() {
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            RingPair ring =
                    new RingPair(
                            16, ALL, IndirectUse.WHEN_SLOTS_ARE_SHORT, RingPair.memory(64 << 10));
            int[] ids = ring.reserve(4);
            ring.send(ids[0]);
            ring.send(ids[1]);
            ring.driver.stage(ids[2]);
            for (MemorySegment area :
                    new MemorySegment[] {ring.raw.descriptors, ring.raw.available, ring.raw.used}) {
                for (long i = 0; i < area.byteSize(); i++) {
                    if (random.nextInt(3) == 0) {
                        area.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
                    }
                }
            }
            QueueSnapshot picture = ring.driver.snapshot();
            assertThat(picture.chains()).hasSize(4);
            assertThat(picture.chains().get(ids[2]).owner()).isEqualTo(Owner.STAGED);
            assertThat(picture.chains().get(ids[3]).owner()).isEqualTo(Owner.PREPARED);
            assertThat(picture.indices().staged()).contains(3);
        }
    }

    @Test
    void onlyARingOutsideMemoryOrOfAnImpossibleShapeIsRefused() {
        SplitFormat format = new SplitFormat();
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
                            0);
            try {
                format.snapshot(0, setup, ALL, memory);
            } catch (IllegalArgumentException e) {
                refused++;
                assertThat(e.getMessage())
                        .containsAnyOf("is not in memory", "not aligned", "queue size");
            }
        }
        assertThat(refused).isGreaterThan(1000);
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
