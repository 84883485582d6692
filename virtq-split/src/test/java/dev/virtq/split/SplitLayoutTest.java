package dev.virtq.split;

import static dev.virtq.split.RingPair.DEVICE_ADDRESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.device.QueueSetup;
import dev.virtq.memory.Extent;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.testing.Breach;
import dev.virtq.testing.Clause;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SplitLayoutTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 256, 32768})
    @Clause("2.7")
    void theAreasHaveTheSizesOfTheStandardsTable(int size) {
        assertThat(SplitLayout.descriptorAreaBytes(size)).isEqualTo(16L * size);
        assertThat(SplitLayout.driverAreaBytes(size)).isEqualTo(6 + 2L * size);
        assertThat(SplitLayout.deviceAreaBytes(size)).isEqualTo(6 + 8L * size);
    }

    @Test
    @Clause({"2.7.5", "2.7.6", "2.7.8"})
    void theBytesOfASmallRingAreThoseOfTheStandardsStructures() {
        RingPair ring = new RingPair(4, FeatureSet.EMPTY, IndirectUse.NEVER, RingPair.memory());
        Chain chain =
                new Chain(
                        List.of(
                                List.of(new Extent(DEVICE_ADDRESS + 0x8_1234, 0x01_02_03)),
                                List.of(new Extent(DEVICE_ADDRESS + 0xb_0000, 0x20))),
                        1);
        ring.driver.release(ring.driver.reserve(ring.small())); // not everything starts at slot 0
        int head = ring.driver.reserve(chain);
        assertThat(head).isZero();
        ring.send(head);
        ring.serve(0x1f);

        assertThat(hex(ring.raw.descriptors))
                .startsWith(
                        "3412080001000000"
                                + "03020100"
                                + "0100"
                                + "0100"
                                + "00000b0001000000"
                                + "20000000"
                                + "0200"
                                + "0000");
        // flags NO_INTERRUPT, since nobody waits; idx; ring[4]; used_event
        assertThat(hex(ring.raw.available)).isEqualTo("0100" + "0100" + "00".repeat(8) + "0000");
        // flags; idx; ring[0] = {id, len}; the rest; avail_event
        assertThat(hex(ring.raw.used))
                .isEqualTo("0000" + "0100" + "00000000" + "1f000000" + "00".repeat(24) + "0000");
    }

    @Test
    @Clause({"2.7.6", "2.7.8"})
    void theEventsFollowTheRings() {
        RingPair ring = RingPair.of(2, CommonFeature.EVENT_IDX);
        int id = ring.driver.reserve(ring.small());
        ring.turn(id, 0x203);
        ring.driver.enableNotifications();
        ring.device.enableNotifications();

        assertThat(hex(ring.raw.available)).isEqualTo("0000" + "0302" + "0000" + "0000" + "0302");
        assertThat(hex(ring.raw.used)).isEqualTo("0000" + "0302" + "00".repeat(16) + "0302");
    }

    @ParameterizedTest
    @ValueSource(
            ints = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768})
    @Clause("2.7.1#1")
    void eachPartOfTheDriversRingIsAligned(int size) {
        RingPair ring =
                new RingPair(size, FeatureSet.EMPTY, IndirectUse.NEVER, RingPair.memory(2 << 20));
        assertThat(ring.setup.descriptorArea() % 16).isZero();
        assertThat(ring.setup.driverArea() % 2).isZero();
        assertThat(ring.setup.deviceArea() % 4).isZero();
        assertThat(ring.setup.driverArea())
                .isGreaterThanOrEqualTo(ring.setup.descriptorArea() + 16L * size);
        assertThat(ring.setup.deviceArea())
                .isGreaterThanOrEqualTo(ring.setup.driverArea() + 6 + 2L * size);
    }

    @Test
    @Breach("2.7.1#1")
    void aRingThatIsNotAlignedIsRefused() {
        RingPair ring = RingPair.of(4);
        QueueSetup good = ring.setup;
        for (QueueSetup bad :
                List.of(
                        new QueueSetup(
                                4,
                                good.descriptorArea() + 8,
                                good.driverArea(),
                                good.deviceArea(),
                                0),
                        new QueueSetup(
                                4,
                                good.descriptorArea(),
                                good.driverArea() + 1,
                                good.deviceArea(),
                                0),
                        new QueueSetup(
                                4,
                                good.descriptorArea(),
                                good.driverArea(),
                                good.deviceArea() + 2,
                                0))) {
            assertThatThrownBy(
                            () -> ring.format.createDeviceEnd(bad, FeatureSet.EMPTY, ring.memory))
                    .isInstanceOf(DriverFaultException.class)
                    .hasMessageContaining("not aligned")
                    .hasMessageContaining("2.7.1");
            assertThatThrownBy(() -> ring.format.snapshot(0, bad, FeatureSet.EMPTY, ring.memory))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("2.7.1#1");
        }
    }

    private static String hex(MemorySegment bytes) {
        return HexFormat.of().formatHex(bytes.toArray(ValueLayout.JAVA_BYTE));
    }
}
