package dev.virtq.packed;

import static dev.virtq.packed.RingPair.DEVICE_ADDRESS;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PackedLayoutTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 255, 32768})
    @Clause("2.8.10.1")
    void theAreasHaveTheSizesOfTheStandardsTable(int size) {
        assertThat(PackedLayout.descriptorAreaBytes(size)).isEqualTo(16L * size);
        assertThat(PackedLayout.EVENT_BYTES).isEqualTo(4);
        assertThat(PackedLayout.MAX_SIZE).isEqualTo(32768);
    }

    @Test
    @Clause({"2.8.13", "2.8.14"})
    void theFieldsAreWhereTheStandardsStructuresHaveThem() {
        assertThat(PackedLayout.DESCRIPTOR_ADDRESS).isZero();
        assertThat(PackedLayout.DESCRIPTOR_LENGTH).isEqualTo(8);
        assertThat(PackedLayout.DESCRIPTOR_ID).isEqualTo(12);
        assertThat(PackedLayout.DESCRIPTOR_FLAGS).isEqualTo(14);
        assertThat(PackedLayout.EVENT_POSITION).isZero();
        assertThat(PackedLayout.EVENT_FLAGS).isEqualTo(2);
    }

    @Test
    @Clause({"2.8.1", "2.8.3", "2.8.4", "2.8.6", "2.8.13"})
    void theBytesOfASmallRingAreThoseOfTheStandardsStructures() {
        RingPair ring = RingPair.of(3);
        ring.driver.reserve(ring.small()); // so that the id is not 0
        int id =
                ring.driver.reserve(
                        new Chain(
                                List.of(
                                        List.of(new Extent(DEVICE_ADDRESS + 0x8_1234, 0x010203)),
                                        List.of(new Extent(DEVICE_ADDRESS + 0xb_0000, 0x20))),
                                1));
        assertThat(id).isOne();
        assertThat(hex(ring.raw.descriptors)).isEqualTo("00".repeat(48));

        ring.send(id);
        String second = "00000b0001000000" + "20000000" + "0100";
        assertThat(hex(ring.raw.descriptors))
                .isEqualTo(
                        ("3412080001000000" + "03020100" + "0100" + "8100")
                                + (second + "8200")
                                + "00".repeat(16));
        ring.serve(0x1f);
        assertThat(hex(ring.raw.descriptors))
                .isEqualTo(
                        ("3412080001000000" + "1f000000" + "0100" + "8280")
                                + (second + "8200")
                                + "00".repeat(16));
        assertThat(ring.driver.poll()).isEqualTo(id);

        ring.send(id); // slots 2 and 0: the end of one round, and the start of the next
        assertThat(hex(ring.raw.descriptors))
                .isEqualTo(
                        (second + "0280")
                                + (second + "8200")
                                + ("3412080001000000" + "03020100" + "0100" + "8100"));
        ring.serve(0);
        assertThat(hex(ring.raw.descriptors))
                .endsWith("3412080001000000" + "00000000" + "0100" + "8080");
        assertThat(ring.driver.poll()).isEqualTo(id);

        ring.send(id);
        ring.serve(0);
        assertThat(hex(ring.raw.descriptors))
                .isEqualTo(
                        (second + "0280")
                                + ("3412080001000000" + "00000000" + "0100" + "0000")
                                + (second + "0280"));
        assertThat(ring.driver.poll()).isEqualTo(id);
    }

    @Test
    @Clause({"2.8.10", "2.8.14"})
    void withoutEventIndicesTheStructuresHoldAFlag() {
        RingPair ring = RingPair.of(3);
        assertThat(hex(ring.raw.driverEvent)).isEqualTo("00000100");
        assertThat(hex(ring.raw.deviceEvent)).isEqualTo("00000000");
        ring.driver.enableNotifications();
        ring.device.disableNotifications();
        assertThat(hex(ring.raw.driverEvent)).isEqualTo("00000000");
        assertThat(hex(ring.raw.deviceEvent)).isEqualTo("00000100");
        ring.driver.disableNotifications();
        ring.device.enableNotifications();
        assertThat(hex(ring.raw.driverEvent)).isEqualTo("00000100");
        assertThat(hex(ring.raw.deviceEvent)).isEqualTo("00000000");
    }

    @ParameterizedTest
    @CsvSource({"0, 00800200", "299, 2b810200", "300, 00000200", "513, d5000200", "600, 00800200"})
    @Clause({"2.8.10", "2.8.14"})
    void withEventIndicesTheyHoldAPosition(int turns, String bytes) {
        RingPair ring = RingPair.of(300, CommonFeature.EVENT_IDX).startingAt(turns);
        ring.driver.enableNotifications();
        ring.device.enableNotifications();
        assertThat(hex(ring.raw.driverEvent)).isEqualTo(bytes);
        assertThat(hex(ring.raw.deviceEvent)).isEqualTo(bytes);
        ring.driver.disableNotifications();
        ring.device.disableNotifications();
        assertThat(hex(ring.raw.driverEvent)).isEqualTo("00000100");
        assertThat(hex(ring.raw.deviceEvent)).isEqualTo("00000100");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 8, 9, 16, 255, 256, 32767, 32768})
    @Clause("2.8.11#1")
    void eachPartOfTheDriversRingIsAlignedAndByItself(int size) {
        RingPair ring =
                new RingPair(size, FeatureSet.EMPTY, IndirectUse.NEVER, RingPair.memory(2 << 20));
        assertThat(ring.setup.size()).isEqualTo(size);
        assertThat(ring.setup.descriptorArea() % 128).isZero();
        assertThat(ring.setup.driverArea() % 128).isZero();
        assertThat(ring.setup.deviceArea() % 128).isZero();
        long end = ring.setup.descriptorArea() + 16L * size;
        assertThat(ring.setup.driverArea()).isBetween(end, end + 127);
        assertThat(ring.setup.deviceArea()).isEqualTo(ring.setup.driverArea() + 128);
    }

    @Test
    @Breach("2.8.11#1")
    void aRingThatIsNotAlignedIsRefused() {
        RingPair ring = RingPair.of(4);
        for (long[] bad : new long[][] {{8, 0, 0}, {0, 2, 0}, {0, 0, 1}}) {
            QueueSetup setup =
                    new QueueSetup(
                            4,
                            ring.setup.descriptorArea() + bad[0],
                            ring.setup.driverArea() + bad[1],
                            ring.setup.deviceArea() + bad[2],
                            ring.setup.startState());
            assertThatThrownBy(
                            () -> ring.format.createDeviceEnd(setup, FeatureSet.EMPTY, ring.memory))
                    .isInstanceOf(DriverFaultException.class)
                    .hasMessageContaining("not aligned")
                    .hasMessageContaining("2.8.11#1");
            assertThatThrownBy(() -> ring.format.snapshot(0, setup, FeatureSet.EMPTY, ring.memory))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not aligned to " + (bad[0] != 0 ? 16 : 4) + " bytes")
                    .hasMessageContaining("2.8.11#1");
        }
    }

    private static String hex(MemorySegment bytes) {
        return HexFormat.of().formatHex(bytes.toArray(ValueLayout.JAVA_BYTE));
    }
}
