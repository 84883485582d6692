package dev.virtq.split;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import dev.virtq.testing.Clause;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplitFormatTest {
    private final SplitFormat format = new SplitFormat();

    @Test
    void programsFindIt() {
        SplitFormatTest.class.getModule().addUses(RingFormat.class); // it is virtq-api that does
        assertThat(ServiceLoader.load(RingFormat.class))
                .anyMatch(found -> found instanceof SplitFormat && found.name().equals("split"));
    }

    @Test
    void itIsChosenUnlessThePackedRingWasAccepted() {
        assertThat(format.isChosenBy(FeatureSet.EMPTY)).isTrue();
        assertThat(format.isChosenBy(FeatureSet.of(CommonFeature.EVENT_IDX))).isTrue();
        assertThat(format.isChosenBy(FeatureSet.of(CommonFeature.RING_PACKED))).isFalse();
    }

    @Test
    void itOffersWhatItImplementsAndNothingElse() {
        assertThat(format.features())
                .isEqualTo(
                        FeatureSet.of(
                                CommonFeature.INDIRECT_DESC,
                                CommonFeature.EVENT_IDX,
                                CommonFeature.IN_ORDER));
    }

    @ParameterizedTest
    @ValueSource(
            ints = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768})
    @Clause("2.7")
    void everyPowerOfTwoUpTo32768IsASizeThatWorksToTheLastEntry(int size) {
        RingPair ring =
                new RingPair(size, FeatureSet.EMPTY, IndirectUse.NEVER, RingPair.memory(2 << 20));
        int[] ids = ring.reserve(size);
        for (int id : ids) {
            ring.driver.stage(id);
        }
        assertThat(ring.driver.publish()).isEqualTo(size);
        for (int id : ids) {
            assertThat(ring.serve(0)).isEqualTo(id);
        }
        for (int id : ids) {
            assertThat(ring.driver.poll()).isEqualTo(id);
        }
        assertThat(ring.driver.poll()).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 3, 5, 6, 100, 255, 257, 32767, 32769, 65536})
    @Clause("2.7")
    void otherSizesAreRefused(int size) {
        DmaMemory memory = RingPair.memory();
        long before = memory.available();
        assertThat(format.isValidSize(size)).isFalse();
        assertThatThrownBy(() ->
                        format.createDriverEnd(
                                new RingRequest(
                                        0, size, FeatureSet.EMPTY, memory, IndirectUse.NEVER)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(String.valueOf(size));
        assertThat(memory.available()).isEqualTo(before);
    }

    @Test
    @Clause("2.7")
    void aDriverThatSetsUpAnImpossibleSizeIsRefusedByTheDeviceEnd() {
        RingPair ring = RingPair.of(4);
        QueueSetup setup = setup(ring, 3, ring.setup.deviceArea());
        assertThatThrownBy(() -> format.createDeviceEnd(setup, FeatureSet.EMPTY, ring.memory))
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("queue size 3");
        assertThatThrownBy(() -> format.snapshot(0, setup, FeatureSet.EMPTY, ring.memory))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("queue size 3");
    }

    @Test
    void aRingOutsideMemoryIsRefused() {
        RingPair ring = RingPair.of(4);
        QueueSetup setup = setup(ring, 4, RingPair.DEVICE_ADDRESS + RingPair.MEMORY_BYTES - 16);
        assertThatThrownBy(() -> format.createDeviceEnd(setup, FeatureSet.EMPTY, ring.memory))
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("device area")
                .hasMessageContaining("not in memory");
        assertThatThrownBy(() -> format.snapshot(0, setup, FeatureSet.EMPTY, ring.memory))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not in memory");
    }

    @Test
    void aRingSuitsTheFeaturesThatItWasMadeForOnly() {
        var driver = RingPair.of(4, CommonFeature.EVENT_IDX).driver;
        assertThat(driver.fits(FeatureSet.of(CommonFeature.EVENT_IDX))).isTrue();
        assertThat(driver.fits(FeatureSet.of(CommonFeature.EVENT_IDX, CommonFeature.VERSION_1)))
                .isTrue();
        assertThat(driver.fits(FeatureSet.EMPTY)).isFalse();
        assertThat(driver.fits(FeatureSet.of(CommonFeature.EVENT_IDX, CommonFeature.INDIRECT_DESC)))
                .isFalse();
        assertThat(driver.fits(FeatureSet.of(CommonFeature.EVENT_IDX, CommonFeature.RING_PACKED)))
                .isFalse();
        assertThat(driver.fits(FeatureSet.of(CommonFeature.EVENT_IDX, CommonFeature.IN_ORDER)))
                .isFalse();
        var inOrder = RingPair.of(4, CommonFeature.IN_ORDER).driver;
        assertThat(inOrder.fits(FeatureSet.of(CommonFeature.IN_ORDER))).isTrue();
        assertThat(inOrder.fits(FeatureSet.EMPTY)).isFalse();
        var indirect = RingPair.of(4, CommonFeature.INDIRECT_DESC).driver;
        assertThat(indirect.fits(FeatureSet.of(CommonFeature.INDIRECT_DESC))).isTrue();
        assertThat(indirect.fits(FeatureSet.EMPTY)).isFalse();
    }

    private static QueueSetup setup(RingPair ring, int size, long deviceArea) {
        return new QueueSetup(
                size, ring.setup.descriptorArea(), ring.setup.driverArea(), deviceArea, 0);
    }
}
