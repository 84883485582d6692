package dev.virtq.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.Feature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import dev.virtq.testing.Clause;
import java.util.List;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackedFormatTest {
    private final PackedFormat format = new PackedFormat();

    @Test
    void programsFindIt() {
        PackedFormatTest.class.getModule().addUses(RingFormat.class); // it is virtq-api that does
        assertThat(ServiceLoader.load(RingFormat.class))
                .anyMatch(found -> found instanceof PackedFormat && found.name().equals("packed"));
    }

    @Test
    @Clause("2.8")
    void itIsChosenWhenThePackedRingWasAccepted() {
        assertThat(format.isChosenBy(FeatureSet.EMPTY)).isFalse();
        assertThat(format.isChosenBy(FeatureSet.of(CommonFeature.EVENT_IDX))).isFalse();
        assertThat(format.isChosenBy(FeatureSet.of(CommonFeature.RING_PACKED))).isTrue();
    }

    @Test
    void itOffersWhatItImplementsAndNothingElse() {
        assertThat(format.features())
                .isEqualTo(
                        FeatureSet.of(
                                CommonFeature.RING_PACKED,
                                CommonFeature.INDIRECT_DESC,
                                CommonFeature.EVENT_IDX,
                                CommonFeature.IN_ORDER));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 100, 255, 256, 257, 4095, 32767, 32768})
    @Clause({"2.8", "2.8.10.1"})
    void everySizeUpTo32768WorksToTheLastEntry(int size) {
        assertThat(format.isValidSize(size)).isTrue();
        RingPair ring =
                new RingPair(size, FeatureSet.EMPTY, IndirectUse.NEVER, RingPair.memory(2 << 20));
        int[] ids = ring.reserve(size);
        for (int round = 0; round < 3; round++) {
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
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 32769, 65536})
    @Clause("2.8")
    void otherSizesAreRefused(int size) {
        DmaMemory memory = RingPair.memory();
        long before = memory.available();
        assertThat(format.isValidSize(size)).isFalse();
        assertThatThrownBy(() ->
                        format.createDriverEnd(
                                new RingRequest(
                                        0, size, FeatureSet.EMPTY, memory, IndirectUse.NEVER)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("packed queue size %d, expected 1..32768 (virtio 1.4, 2.8)", size);
        assertThat(memory.available()).isEqualTo(before);
    }

    @Test
    void aRingOutsideMemoryIsRefused() {
        RingPair ring = RingPair.of(4);
        long outside = RingPair.DEVICE_ADDRESS + RingPair.MEMORY_BYTES;
        QueueSetup good = ring.setup;
        List<QueueSetup> bad =
                List.of(
                        new QueueSetup(
                                4, outside - 48, good.driverArea(), good.deviceArea(), 0x80008000),
                        new QueueSetup(
                                4, good.descriptorArea(), outside, good.deviceArea(), 0x80008000),
                        new QueueSetup(
                                4, good.descriptorArea(), good.driverArea(), -4, 0x80008000));
        List<String> names =
                List.of(
                        "descriptor area, 64 bytes",
                        "driver area, 4 bytes",
                        "device area, 4 bytes");
        for (int i = 0; i < 3; i++) {
            QueueSetup setup = bad.get(i);
            assertThatThrownBy(() -> format.createDeviceEnd(setup, FeatureSet.EMPTY, ring.memory))
                    .isInstanceOf(DriverFaultException.class)
                    .hasMessageContaining(names.get(i))
                    .hasMessageContaining("not in memory");
            assertThatThrownBy(() -> format.snapshot(0, setup, FeatureSet.EMPTY, ring.memory))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(names.get(i))
                    .hasMessageContaining("not in memory");
        }
    }

    @Test
    void aRingSuitsTheFeaturesThatItWasMadeForOnly() {
        Feature[] all = {
            CommonFeature.INDIRECT_DESC, CommonFeature.EVENT_IDX, CommonFeature.IN_ORDER
        };
        for (int made = 0; made < 8; made++) {
            var driver = RingPair.of(4, some(all, made)).driver;
            for (int asked = 0; asked < 8; asked++) {
                FeatureSet features = FeatureSet.of(some(all, asked));
                assertThat(driver.fits(features)).isFalse();
                features = features.with(CommonFeature.RING_PACKED);
                assertThat(driver.fits(features)).isEqualTo(made == asked);
                features = features.with(CommonFeature.VERSION_1);
                assertThat(driver.fits(features)).isEqualTo(made == asked);
            }
        }
    }

    @Test
    @Clause("2.8.1")
    void aRingStartsAtSlotZeroWithBothWrapCountersSet() {
        RingPair ring = RingPair.of(5);
        assertThat(ring.setup.startState()).isEqualTo(0x8000_8000);
        assertThat(ring.driver.nextAvailable()).isEqualTo(0x8000);
        ring.startingAt(7);
        assertThat(ring.driver.setup()).isEqualTo(ring.setup); // it is for a start, not for now
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 5, 7, 9, 10, 12})
    @Clause("2.8.1")
    void aDeviceEndGoesOnWhereAnotherOneStopped(int turns) {
        RingPair ring = RingPair.of(5).startingAt(turns);
        int[] ids = ring.reserve(5);
        int used = ring.driver.nextAvailable();
        ring.send(ids[0]);
        ring.send(ids[1]);
        int available = ring.driver.nextAvailable();
        ring.send(ids[2]);
        DeviceRing resumed = resume(ring, used << 16 | available);
        assertThat(resumed.take()).isTrue();
        assertThat(resumed.chain().id()).isEqualTo(ids[2]);
        assertThat(resumed.take()).isFalse();
        resumed.use(ids[2], 0);
        resumed.publish();
        assertThat(ring.driver.poll()).isEqualTo(ids[2]);
        ring.send(ids[2]);
        assertThat(resumed.take()).isTrue();
        resumed.use(ids[2], 0);
        resumed.publish();
        assertThat(ring.driver.poll()).isEqualTo(ids[2]);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x8000_8005, 0x8005_8000, 0x8000_ffff, 0xffff_8000})
    void aDeviceEndThatShallStartOutsideTheRingIsRefused(int startState) {
        RingPair ring = RingPair.of(5);
        assertThatThrownBy(() -> resume(ring, startState))
                .isInstanceOf(DriverFaultException.class)
                .hasMessageMatching(
                        ".*starts at slot (5|32767) \\(expected: 0\\.\\.4\\).*2\\.8\\.1.*");
        resume(ring, 0x0004_0004);
    }

    private DeviceRing resume(RingPair ring, int startState) {
        QueueSetup setup = ring.setup;
        return format.createDeviceEnd(
                new QueueSetup(
                        5,
                        setup.descriptorArea(),
                        setup.driverArea(),
                        setup.deviceArea(),
                        startState),
                ring.accepted,
                ring.memory);
    }

    private static Feature[] some(Feature[] all, int mask) {
        return java.util.stream.IntStream.range(0, all.length)
                .filter(i -> (mask & 1 << i) != 0)
                .mapToObj(i -> all[i])
                .toArray(Feature[]::new);
    }
}
