package dev.virtq.ring.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.queue.QueueSnapshot;
import dev.virtq.queue.QueueSnapshot.Owner;
import dev.virtq.queue.ring.IndirectUse;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A picture can be taken of anything, as a guest may have left it. */
@Timeout(60)
public abstract class SnapshotOfGarbageContract implements RingUnderTest {
    private static final FeatureSet ALL =
            FeatureSet.of(
                    CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX, CommonFeature.IN_ORDER);

    private static final List<FeatureSet> SOME =
            List.of(FeatureSet.EMPTY, ALL.without(CommonFeature.IN_ORDER), ALL);

    /** For the tests of a format. */
    protected SnapshotOfGarbageContract() {}

    /**
     * Writes what looks a little like a ring in use: random bytes alone hardly ever have anything
     * outstanding.
     *
     * @param setup where the areas are
     * @param memory what holds them
     * @param random what to write
     */
    protected abstract void writeNonsense(QueueSetup setup, DmaMemory memory, Random random);

    /**
     * {@return whether the driver's own picture has the chains that are prepared where
     * VIRTIO_F_IN_ORDER was accepted; not every format has a place for them then}
     */
    protected boolean showsPreparedChainsInOrder() {
        return true;
    }

    /**
     * Checks what else a driver knows better than memory; nothing by default.
     *
     * @param picture its own, with two chains that are published, one staged and one prepared, each
     *     of one descriptor
     */
    protected void checkOwnPicture(QueueSnapshot picture) {}

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 256, 4095})
    void randomBytesInAllAreasAreShownAndNeverThrow(int best) {
        int size = sizeFrom(best);
        DmaMemory memory = BothEnds.memory();
        fill(memory.mappings().getFirst().segment(), new Random(size));
        QueueSetup setup =
                new QueueSetup(
                        size,
                        BothEnds.DEVICE_ADDRESS,
                        BothEnds.DEVICE_ADDRESS + 256 * 1024,
                        BothEnds.DEVICE_ADDRESS + 512 * 1024,
                        0);
        int anomalies = 0;
        int chains = 0;
        for (long seed = 1; seed <= (size > 1000 ? 10 : 60); seed++) {
            Random random = new Random(seed);
            for (Extent area : areas(setup)) {
                fill(memory.at(area.address(), area.length()).orElseThrow(), random);
            }
            if (random.nextInt(4) > 0) {
                writeNonsense(setup, memory, random);
            }
            QueueSnapshot picture = format().snapshot(0, setup, someFeatures(random), memory);
            assertThat(picture.slots()).hasSize(size);
            anomalies += picture.anomalies().size();
            chains += picture.chains().size();
        }
        System.out.printf(
                "garbage in a %s ring of size %d: %d chains, %d anomalies%n",
                format().name(), size, chains, anomalies);
        assertThat(anomalies).isPositive();
        assertThat(chains).isPositive();
    }

    @Test
    void aDriversOwnPictureSurvivesWhateverTheDeviceWrote() {
        for (long seed = 1; seed <= 300; seed++) {
            Random random = new Random(seed);
            FeatureSet more = SOME.get(random.nextInt(SOME.size()));
            DmaMemory memory = BothEnds.memory(64 << 10);
            BothEnds ring = ring(15, more, IndirectUse.WHEN_SLOTS_ARE_SHORT, memory);
            int[] ids = ring.reserve(4);
            ring.send(ids[0]);
            ring.send(ids[1]);
            ring.driver.stage(ids[2]);
            if (random.nextBoolean()) {
                writeNonsense(ring.setup, memory, random);
            }
            int rarity = random.nextInt(2, 12);
            for (Extent area : areas(ring.setup)) {
                MemorySegment bytes = memory.at(area.address(), area.length()).orElseThrow();
                for (long i = 0; i < bytes.byteSize(); i++) {
                    if (random.nextInt(rarity) == 0) {
                        bytes.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
                    }
                }
            }
            QueueSnapshot picture = ring.driver.snapshot();
            boolean prepared =
                    !more.contains(CommonFeature.IN_ORDER) || showsPreparedChainsInOrder();
            assertThat(picture.chains()).hasSize(prepared ? 4 : 3);
            assertThat(picture.chains().get(ids[0]).owner()).isIn(Owner.DEVICE, Owner.USED);
            assertThat(picture.chains().get(ids[2]).owner()).isEqualTo(Owner.STAGED);
            if (prepared) {
                assertThat(picture.chains().get(ids[3]).owner()).isEqualTo(Owner.PREPARED);
            }
            assertThat(picture.indices().staged()).contains(3);
            checkOwnPicture(picture);
        }
    }

    @Test
    void onlyARingOutsideMemoryOrOfAnImpossibleShapeIsRefused() {
        DmaMemory memory = BothEnds.memory();
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
                format().snapshot(0, setup, accepting(ALL), memory);
            } catch (IllegalArgumentException e) {
                refused++;
                assertThat(e.getMessage())
                        .containsAnyOf("is not in memory", "not aligned", "queue size");
            }
        }
        assertThat(refused).isGreaterThan(1000);
        QueueSetup outside = new QueueSetup(sizeFrom(4), -16, -16, -16, 0);
        assertThatThrownBy(() -> format().snapshot(0, outside, accepting(ALL), memory))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("descriptor area")
                .hasMessageContaining("0xfffffffffffffff0");
    }

    private FeatureSet someFeatures(Random random) {
        return accepting(SOME.get(random.nextInt(SOME.size())));
    }

    private static void fill(MemorySegment area, Random random) {
        byte[] garbage = new byte[(int) area.byteSize()];
        random.nextBytes(garbage);
        area.copyFrom(MemorySegment.ofArray(garbage));
    }

    private static long address(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> BothEnds.DEVICE_ADDRESS + BothEnds.MEMORY_BYTES - random.nextInt(4096);
            default -> BothEnds.DEVICE_ADDRESS + 16L * random.nextInt(65536);
        };
    }
}
