package dev.virtq.split;

import static dev.virtq.split.RawRing.Descriptor.INDIRECT;
import static dev.virtq.split.RawRing.Descriptor.NEXT;
import static dev.virtq.split.RawRing.Descriptor.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.split.RawRing.Descriptor;
import dev.virtq.testing.Breach;
import dev.virtq.testing.Clause;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A driver that writes into the ring whatever it likes, and what the device end makes of it. */
class HostileDriverTest {
    private static final int SIZE = 8;

    private final RingPair ring = RingPair.of(SIZE, CommonFeature.INDIRECT_DESC);
    private final RawRing raw = ring.raw;
    private final long data = ring.address(4096);

    @Test
    @Breach("2.7.5.2#1")
    void aChainThatLoopsIsAFault() {
        raw.putDescriptor(0, data, 1, NEXT, 1);
        raw.putDescriptor(1, data, 1, NEXT, 0);
        refused(0, "2.7.5.2#1", "loops");
        raw.putDescriptor(2, data, 1, NEXT, 2);
        refused(2, "2.7.5.2#1", "loops");
    }

    @Test
    @Breach({"2.7.5.2#1", "2.7.5.3.1#3"})
    void anIndirectTableThatLoopsIsAFault() {
        MemorySegment table = table(3);
        RawRing.putDescriptor(table, 0, new Descriptor(data, 1, NEXT, 1));
        RawRing.putDescriptor(table, 1, new Descriptor(data, 1, NEXT, 0));
        raw.putDescriptor(0, address(table), 48, INDIRECT, 0);
        refused(0, "2.7.5.2#1", "loops");
    }

    @Test
    @Breach("2.7.5.3.1#3")
    @Clause("2.7.4.1#2")
    void anIndirectTableLongerThanTheQueueIsAFault() {
        MemorySegment table = table(SIZE + 1);
        for (int i = 0; i <= SIZE; i++) {
            RawRing.putDescriptor(table, i, new Descriptor(data, 1, i < SIZE ? NEXT : 0, i + 1));
        }
        raw.putDescriptor(0, address(table), 16L * (SIZE + 1), INDIRECT, 0);
        refused(0, "2.7.5.3.1#3", "more than 8 elements");

        RawRing.putDescriptor(table, SIZE - 1, new Descriptor(data, 1, 0, 0));
        accepted(0, SIZE); // how long the table is does not matter, only the chain
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 9, 255, 32768, 65535})
    @Breach("2.7.6")
    void aHeadThatDoesNotExistIsAFault(int head) {
        refused(head, "2.7.6", "chain %d was made available (expected: 0..7)".formatted(head));
    }

    @Test
    @Breach("2.7.5")
    void aDescriptorThatGoesOnNowhereIsAFault() {
        raw.putDescriptor(0, data, 1, NEXT, 8);
        refused(0, "2.7.5", "descriptor 0 goes on at 8 (expected: 0..7)");
        MemorySegment table = table(2);
        RawRing.putDescriptor(table, 0, new Descriptor(data, 1, NEXT, 2));
        raw.putDescriptor(1, address(table), 32, INDIRECT, 0);
        refused(1, "2.7.5", "descriptor 0 goes on at 2 (expected: 0..1)");
    }

    @Test
    @Breach("2.7.5.3.1#1")
    void anIndirectTableWithoutTheFeatureIsAFault() {
        DeviceRing strict = ring.format.createDeviceEnd(ring.setup, FeatureSet.EMPTY, ring.memory);
        MemorySegment table = table(1);
        RawRing.putDescriptor(table, 0, new Descriptor(data, 1, 0, 0));
        raw.putDescriptor(0, address(table), 16, INDIRECT, 0);
        raw.makeAvailable(0);
        assertThatThrownBy(strict::take)
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("2.7.5.3.1#1");
    }

    @Test
    @Breach("2.7.5.3.1#2")
    void anIndirectTableInAnIndirectTableIsAFault() {
        MemorySegment table = table(1);
        RawRing.putDescriptor(table, 0, new Descriptor(address(table), 16, INDIRECT, 0));
        raw.putDescriptor(0, address(table), 16, INDIRECT, 0);
        refused(0, "2.7.5.3.1#2", "in an indirect table");
    }

    @Test
    @Breach("2.7.5.3.1#4")
    void bothIndirectAndNextIsAFault() {
        MemorySegment table = table(1);
        RawRing.putDescriptor(table, 0, new Descriptor(data, 1, 0, 0));
        raw.putDescriptor(0, address(table), 16, INDIRECT | NEXT, 1);
        raw.putDescriptor(1, data, 1, 0, 0);
        refused(0, "2.7.5.3.1#4", "both INDIRECT and NEXT");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 15, 17, 40, 0xffff_ffffL})
    @Breach("2.7.5.3")
    void anIndirectTableOfAnOddSizeIsAFault(long bytes) {
        raw.putDescriptor(0, data, bytes, INDIRECT, 0);
        refused(0, "2.7.5.3", "indirect table of %d bytes".formatted(bytes));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 0x1000, 0x1_0010_0000L, 0x1_000f_fff8L, -16, Long.MIN_VALUE})
    @Breach("2.7.5.3")
    void anIndirectTableOutsideMemoryIsAFault(long address) {
        raw.putDescriptor(0, address, 16, INDIRECT, 0);
        refused(0, "2.7.5.3", "leads outside memory");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 0x1000, 0x1_0010_0000L, 0x1_000f_ffffL, -1, Long.MIN_VALUE})
    @Breach("2.7.5")
    void aBufferOutsideMemoryIsAFault(long address) {
        raw.putDescriptor(0, address, 2, 0, 0);
        refused(0, "2.7.5", "2 bytes at 0x%x leads outside memory".formatted(address));
    }

    @Test
    @Breach("2.7.5")
    void aBufferThatRunsOutOfMemoryIsAFault() {
        raw.putDescriptor(0, data, 0xffff_ffffL, WRITE, 0);
        refused(0, "2.7.5", "leads outside memory");
    }

    @Test
    @Breach("2.7.4.2#1")
    void aReadableDescriptorAfterAWritableOneIsAFault() {
        raw.putDescriptor(0, data, 1, NEXT | WRITE, 1);
        raw.putDescriptor(1, data, 1, 0, 0);
        refused(0, "2.7.4.2#1", "follows a device-writable one");
    }

    @Test
    @Breach("2.7.5.2#1")
    void aChainOfMoreThanFourGibibytesIsAFault() {
        RingPair wide =
                new RingPair(16384, FeatureSet.EMPTY, IndirectUse.NEVER, RingPair.memory(2 << 20));
        long start = RingPair.DEVICE_ADDRESS; // the same bytes again and again
        for (int slot = 0; slot < 8192; slot++) {
            wide.raw.putDescriptor(slot, start, 512 << 10, NEXT, slot + 1);
        }
        wide.raw.putDescriptor(8192, start, 1, WRITE, 0);
        wide.raw.makeAvailable(0);
        assertThatThrownBy(wide.device::take)
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("4294967297 bytes")
                .hasMessageContaining("2.7.5.2#1");
        wide.raw.putDescriptor(8191, start, 512 << 10, 0, 0);
        assertThat(wide.device.take()).isTrue();
        assertThat(wide.device.chain().readableBytes()).isEqualTo(1L << 32);
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 100, 32768, 65535})
    @Breach("2.7.6")
    void anAvailableIndexThatJumpsIsAFault(int index) {
        raw.availableIndex(index);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(ring.device::take)
                    .isInstanceOf(DriverFaultException.class)
                    .hasMessageContaining("%d ahead of a queue of 8".formatted(index))
                    .hasMessageContaining("2.7.6");
        }
        raw.availableIndex(1);
        raw.putDescriptor(0, data, 1, 0, 0);
        assertThat(ring.device.take()).isTrue();
    }

    @Test
    @Breach("2.7.6.1#1")
    void anAvailableIndexThatGoesBackIsAFault() {
        int id = ring.driver.reserve(ring.small());
        ring.turn(id, 5);
        raw.availableIndex(4);
        assertThatThrownBy(ring.device::take)
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("65535 ahead");
    }

    @Test
    @Breach("2.7.6.1#1")
    void anAvailableIndexThatGoesBackAfterItWasSeenTakesNothingBack() {
        for (int slot = 0; slot < 3; slot++) {
            raw.putDescriptor(slot, data, 1, 0, 0);
            raw.makeAvailable(slot);
        }
        assertThat(ring.device.take()).isTrue();
        raw.availableIndex(0);
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.chain().id()).isEqualTo(2);
        assertThatThrownBy(ring.device::take)
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("65533 ahead");
    }

    @Test
    @Clause("2.7.5.3.2#2")
    void normalDescriptorsMayComeBeforeAnIndirectOne() {
        MemorySegment table = table(2);
        RawRing.putDescriptor(table, 0, new Descriptor(data + 20, 30, NEXT | WRITE, 1));
        RawRing.putDescriptor(table, 1, new Descriptor(data + 50, 40, WRITE, 0));
        raw.putDescriptor(5, data, 10, NEXT, 2);
        raw.putDescriptor(2, data + 10, 10, NEXT, 7);
        raw.putDescriptor(7, address(table), 32, INDIRECT, 0);
        accepted(5, 4);
        assertThat(ring.device.chain().readableBytes()).isEqualTo(20);
        assertThat(ring.device.chain().writableBytes()).isEqualTo(70);
    }

    @Test
    @Clause("2.7.5.3.2#1")
    void theWriteFlagOfADescriptorThatRefersToATableMeansNothing() {
        MemorySegment table = table(1);
        RawRing.putDescriptor(table, 0, new Descriptor(data, 10, 0, 0));
        raw.putDescriptor(0, address(table), 16, INDIRECT | WRITE, 0);
        accepted(0, 1);
        assertThat(ring.device.chain().readableBytes()).isEqualTo(10);
    }

    @Test
    @Clause("2.7.5.3")
    void anIndirectTableNeedsNoAlignmentAndNoOrder() {
        MemorySegment area = table(4).asSlice(3, 48);
        RawRing.putDescriptor(area, 0, new Descriptor(data, 1, NEXT, 2));
        RawRing.putDescriptor(area, 2, new Descriptor(data, 2, NEXT | WRITE, 1));
        RawRing.putDescriptor(area, 1, new Descriptor(data, 3, WRITE, 0));
        raw.putDescriptor(0, address(area), 48, INDIRECT, 0);
        accepted(0, 3);
        assertThat(ring.device.chain().writableBytes()).isEqualTo(5);
    }

    @Test
    @Clause("2.7.5")
    void anEmptyDescriptorIsHarmless() {
        raw.putDescriptor(0, data, 0, NEXT, 1);
        raw.putDescriptor(1, data, 0, WRITE, 0);
        accepted(0, 2);
        assertThat(ring.device.chain().read(0, MemorySegment.ofArray(new byte[4]))).isZero();
    }

    @Test
    void aBufferAcrossTwoMappingsIsAFaultAndNotTwoHalves() {
        DmaMemory split =
                new DmaMemory(
                        new MemoryMapping(
                                Arena.ofAuto().allocate(128 << 10, 4096),
                                List.of(new Extent(0, 64 << 10), new Extent(1 << 20, 64 << 10))));
        RingPair holed = new RingPair(4, FeatureSet.EMPTY, IndirectUse.NEVER, split);
        holed.raw.putDescriptor(0, (64 << 10) - 8, 16, 0, 0);
        holed.raw.makeAvailable(0);
        assertThatThrownBy(holed.device::take)
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("leads outside memory");
    }

    @Test
    void aFaultLeavesTheRingWhereItWas() {
        raw.putDescriptor(0, data, 1, NEXT, 0);
        raw.makeAvailable(0);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(ring.device::take).isInstanceOf(DriverFaultException.class);
        }
        raw.putDescriptor(0, data, 1, 0, 0); // mended
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.take()).isFalse();
    }

    @Test
    void randomBytesInTheDriversAreasAreEitherAChainOrAFault() {
        int chains = 0;
        int faults = 0;
        for (long seed = 1; seed <= 2000; seed++) {
            Random random = new Random(seed);
            scribble(random, raw.descriptors, 4);
            for (int slot = 0; slot < SIZE; slot++) {
                if (random.nextInt(4) > 0) { // most lead somewhere
                    raw.putDescriptor(
                            slot,
                            data + random.nextInt(4096),
                            random.nextInt(5) == 0 ? 16L * random.nextInt(8) : random.nextInt(64),
                            random.nextInt(8),
                            random.nextInt(9));
                }
            }
            for (int i = 0; i < SIZE; i++) {
                raw.availableEntry(i, random.nextInt(SIZE + 1));
            }
            DeviceRing device =
                    ring.format.createDeviceEnd(
                            ring.setup, FeatureSet.of(CommonFeature.INDIRECT_DESC), ring.memory);
            raw.availableIndex(random.nextInt(9));
            try {
                while (device.take()) {
                    chains++;
                    assertThat(device.chain().count()).isBetween(1, SIZE);
                    for (int i = 0; i < device.chain().count(); i++) {
                        device.chain().segment(i);
                    }
                }
            } catch (DriverFaultException e) {
                faults++;
                assertThat(e).hasMessageContaining("virtio 1.4, 2.7");
            }
        }
        assertThat(chains).isGreaterThan(100);
        assertThat(faults).isGreaterThan(100);
    }

    private static void scribble(Random random, MemorySegment area, int density) {
        for (long i = 0; i < area.byteSize(); i++) {
            if (random.nextInt(density) == 0) {
                area.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
            }
        }
    }

    private void refused(int head, String clause, String message) {
        int index = raw.availableIndex();
        raw.makeAvailable(head);
        assertThatThrownBy(ring.device::take)
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining(clause)
                .hasMessageContaining(message);
        raw.availableIndex(index);
        assertThat(ring.device.take()).isFalse();
    }

    private void accepted(int head, int elements) {
        raw.makeAvailable(head);
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.chain().id()).isEqualTo(head);
        assertThat(ring.device.chain().count()).isEqualTo(elements);
    }

    private MemorySegment table(int entries) {
        return ring.memory.at(ring.address(16L * entries), 16L * entries).orElseThrow();
    }

    private long address(MemorySegment table) {
        return ring.memory.extents(table).getFirst().address();
    }
}
