package dev.virtq.packed;

import static dev.virtq.packed.RawRing.AVAIL;
import static dev.virtq.packed.RawRing.INDIRECT;
import static dev.virtq.packed.RawRing.NEXT;
import static dev.virtq.packed.RawRing.USED;
import static dev.virtq.packed.RawRing.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.packed.RawRing.Descriptor;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverFaultException;
import dev.virtq.queue.ring.IndirectUse;
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
    private static final int SIZE = 5;

    private final RingPair ring = RingPair.of(SIZE, CommonFeature.INDIRECT_DESC);
    private final RawRing raw = ring.raw;
    private final long data = ring.address(4096);

    @Test
    @Breach("2.8.17#2")
    void aListThatIsLongerThanTheQueueIsAFault() {
        for (int slot = 0; slot < SIZE; slot++) {
            raw.put(slot, data, 1, 0, NEXT | AVAIL);
        }
        refused("2.8.17#2", "a list of more than 5 descriptors: it is longer than the queue");
        raw.put(4, data, 1, 0, AVAIL);
        accepted(0, 5);
    }

    @Test
    @Breach("2.8.17#2")
    void aListThatGoesOnInAQueueOfOneIsAFault() {
        RingPair one = RingPair.of(1);
        one.raw.put(0, data, 1, 0, NEXT | AVAIL);
        assertThatThrownBy(one.device::take)
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("more than 1 descriptors");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, USED, AVAIL | USED})
    @Breach("2.8.17#6")
    void aListThatGoesOnWhereNothingIsAvailableIsAFault(int flags) {
        raw.put(0, data, 1, 0, NEXT | AVAIL);
        raw.put(1, data, 1, 0, flags);
        refused("2.8.17#6", "a list goes on at slot 1, which is not available");
        raw.put(1, data, 1, 0, NEXT | AVAIL);
        raw.put(2, data, 1, 0, flags);
        refused("2.8.17#6", "a list goes on at slot 2, which is not available");
        raw.put(2, data, 1, 0, AVAIL);
        accepted(0, 3);
    }

    @Test
    @Clause("2.8.1")
    @Breach("2.8.17#6")
    void aListThatGoesRoundTheEndChangesItsWrapCounterThere() {
        ring.startingAt(4);
        raw.put(4, data, 1, 2, NEXT | AVAIL);
        raw.put(0, data, 1, 2, AVAIL);
        refused("2.8.17#6", "a list goes on at slot 0, which is not available");
        raw.put(0, data, 1, 2, NEXT | USED);
        raw.put(1, data, 1, 2, AVAIL);
        refused("2.8.17#6", "a list goes on at slot 1, which is not available");
        raw.put(1, data, 1, 2, USED);
        accepted(2, 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 6, 255, 32768, 65535})
    @Breach("2.8.13")
    void anIdBeyondTheSizeIsAFault(int id) {
        String message = "chain %d was made available (expected: 0..4)".formatted(id);
        raw.put(0, data, 1, id, AVAIL);
        refused("2.8.13", message);
        raw.put(0, data, 1, 0, NEXT | AVAIL);
        raw.put(1, data, 1, id, AVAIL);
        refused("2.8.13", message);
        raw.put(0, data, 1, id, NEXT | AVAIL); // only the last one counts
        raw.put(1, data, 1, 4, AVAIL);
        accepted(4, 2);
    }

    @Test
    @Clause("2.8.6")
    void onlyTheLastDescriptorsIdCounts() {
        raw.put(0, data, 1, 65535, NEXT | AVAIL);
        raw.put(1, data, 1, 7, NEXT | AVAIL);
        raw.put(2, data, 1, 3, AVAIL);
        accepted(3, 3);
    }

    @Test
    @Breach("2.8.13")
    void anIdThatIsAvailableTwiceIsAFault() {
        raw.put(0, data, 1, 1, AVAIL);
        raw.put(1, data, 1, 1, AVAIL);
        assertThat(ring.device.take()).isTrue();
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(ring.device::take)
                    .isInstanceOf(DriverFaultException.class)
                    .hasMessageContaining("chain 1 was made available again before it was used")
                    .hasMessageContaining("2.8.13");
        }
        ring.device.use(1, 0);
        ring.device.publish();
        accepted(1, 1);
    }

    @Test
    @Breach("2.8.17#5")
    void descriptorsOverOnesThatAreNotUsedAreAFault() {
        for (int slot = 0; slot < SIZE; slot++) {
            raw.put(slot, data, 1, slot, AVAIL);
        }
        for (int slot = 0; slot < SIZE; slot++) {
            assertThat(ring.device.take()).isTrue();
        }
        assertThat(ring.device.take()).isFalse();
        raw.put(0, data, 1, 0, USED);
        overrun();
        ring.device.use(1, 0); // not yet visible: the driver cannot know
        overrun();
        ring.device.publish();
        assertThat(ring.device.take()).isFalse();
        raw.put(0, data, 1, 1, NEXT | USED);
        raw.put(1, data, 1, 1, USED);
        overrun(); // one slot is free, not two
        ring.device.use(0, 0);
        ring.device.use(2, 0);
        ring.device.publish();
        raw.put(0, data, 1, 1, NEXT | USED);
        raw.put(1, data, 1, 1, NEXT | USED);
        raw.put(2, data, 1, 1, NEXT | USED);
        raw.put(3, data, 1, 1, USED);
        overrun(); // three are free, not four
        raw.put(2, data, 1, 1, USED);
        accepted(1, 3);
    }

    @Test
    @Breach("2.8.19#1")
    void anIndirectTableWithoutTheFeatureIsAFault() {
        DeviceRing strict = ring.format.createDeviceEnd(ring.setup, FeatureSet.EMPTY, ring.memory);
        MemorySegment table = table(1);
        RawRing.put(table, 0, new Descriptor(data, 1, 0, 0));
        raw.put(0, address(table), 16, 0, INDIRECT | AVAIL);
        assertThatThrownBy(strict::take)
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("without VIRTIO_F_INDIRECT_DESC")
                .hasMessageContaining("2.8.19#1");
        accepted(0, 1);
    }

    @Test
    @Breach("2.8.19#4")
    void anIndirectTableInAListIsAFault() {
        MemorySegment table = table(1);
        RawRing.put(table, 0, new Descriptor(data, 1, 0, 0));
        raw.put(0, address(table), 16, 0, INDIRECT | NEXT | AVAIL);
        raw.put(1, data, 1, 0, AVAIL);
        refused("2.8.19#4", "slot 0 has INDIRECT in a list");
        raw.put(0, data, 1, 0, NEXT | AVAIL);
        raw.put(1, address(table), 16, 0, INDIRECT | AVAIL);
        refused("2.8.19#4", "slot 1 has INDIRECT in a list");
        raw.put(1, data, 1, 0, NEXT | AVAIL);
        raw.put(2, address(table), 16, 0, INDIRECT | AVAIL);
        refused("2.8.19#4", "slot 2 has INDIRECT in a list");
        raw.put(2, data, 1, 0, AVAIL);
        accepted(0, 3);
    }

    @Test
    @Breach({"2.8.19#3", "2.8.17#2"})
    @Clause("2.8.18#2")
    void anIndirectTableLongerThanTheQueueIsAFault() {
        MemorySegment table = table(SIZE + 1);
        for (int i = 0; i <= SIZE; i++) {
            RawRing.put(table, i, new Descriptor(data + i, i + 1, 0, 0));
        }
        raw.put(0, address(table), 16L * (SIZE + 1), 0, INDIRECT | AVAIL);
        refused(
                "2.8.19#3",
                "an indirect table of 6 descriptors (expected: at most the queue size, 5)");
        raw.put(0, address(table), 16L * SIZE, 0, INDIRECT | AVAIL);
        accepted(0, SIZE);
        for (int i = 0; i < SIZE; i++) {
            assertThat(ring.device.chain().segment(i).byteSize()).isEqualTo(i + 1);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 15, 17, 40, 0xffff_ffffL})
    @Breach("2.8.7")
    void anIndirectTableOfAnOddSizeIsAFault(long bytes) {
        raw.put(0, data, bytes, 0, INDIRECT | AVAIL);
        refused(
                "2.8.7",
                "an indirect table of %d bytes (expected: a multiple of 16)".formatted(bytes));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 0x1000, 0x1_0010_0000L, 0x1_000f_fff8L, -16, Long.MIN_VALUE})
    @Breach("2.8.7")
    void anIndirectTableOutsideMemoryIsAFault(long address) {
        raw.put(0, address, 16, 0, INDIRECT | AVAIL);
        refused("2.8.7", "table of 16 bytes at 0x%x leads outside memory".formatted(address));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 0x1000, 0x1_0010_0000L, 0x1_000f_ffffL, -1, Long.MIN_VALUE})
    void aBufferOutsideMemoryIsAFault(long address) {
        raw.put(0, address, 2, 0, AVAIL);
        refused("outside memory", "2 bytes at 0x%x leads outside memory".formatted(address));
        raw.put(0, data, 0xffff_ffffL, 0, WRITE | AVAIL);
        refused("outside memory", "4294967295 bytes");
        MemorySegment table = table(1);
        RawRing.put(table, 0, new Descriptor(address, 2, 0, 0));
        raw.put(0, address(table), 16, 0, INDIRECT | AVAIL);
        refused("outside memory", "2 bytes at 0x%x leads outside memory".formatted(address));
    }

    @Test
    void tablesAreFoundInEveryExtentAndInMemoryThatIsRegisteredLater() {
        DmaMemory parted =
                new DmaMemory(
                        new MemoryMapping(
                                Arena.ofAuto().allocate(128 << 10, 4096),
                                List.of(new Extent(0, 64 << 10), new Extent(1 << 20, 64 << 10))));
        RingPair holed =
                new RingPair(
                        5, FeatureSet.of(CommonFeature.INDIRECT_DESC), IndirectUse.NEVER, parted);
        long[] tables = {(64 << 10) - 16, 1 << 20, (1 << 20) + (64 << 10) - 16, 5 << 20};
        for (int slot = 0; slot < 4; slot++) {
            holed.raw.put(slot, tables[slot], 16, slot, INDIRECT | AVAIL);
        }
        for (int slot = 0; slot < 3; slot++) {
            MemorySegment table = parted.at(tables[slot], 16).orElseThrow();
            RawRing.put(table, 0, new Descriptor(1 << 20, slot + 1, 0, 0));
            assertThat(holed.device.take()).isTrue();
            assertThat(holed.device.chain().readableBytes()).isEqualTo(slot + 1);
        }
        assertThatThrownBy(holed.device::take).hasMessageContaining("leads outside memory");
        parted.register(MemoryMapping.contiguous(Arena.ofAuto().allocate(16, 16), 5 << 20));
        RawRing.put(parted.at(5 << 20, 16).orElseThrow(), 0, new Descriptor(1 << 20, 9, 0, 0));
        assertThat(holed.device.take()).isTrue();
        assertThat(holed.device.chain().readableBytes()).isEqualTo(9);
    }

    @Test
    @Breach("2.8.17#3")
    void aReadableDescriptorAfterAWritableOneIsAFault() {
        raw.put(0, data, 1, 0, NEXT | WRITE | AVAIL);
        raw.put(1, data, 1, 0, AVAIL);
        refused("2.8.17#3", "a device-readable descriptor follows a device-writable one");
        MemorySegment table = table(2);
        RawRing.put(table, 0, new Descriptor(data, 1, 0, WRITE));
        RawRing.put(table, 1, new Descriptor(data, 1, 0, 0));
        raw.put(0, address(table), 32, 0, INDIRECT | AVAIL);
        refused("2.8.17#3", "a device-readable descriptor follows a device-writable one");
        RawRing.put(table, 1, new Descriptor(data, 1, 0, WRITE));
        accepted(0, 2);
    }

    @Test
    @Clause("2.8.7")
    void theWriteFlagOfADescriptorThatRefersToATableMeansNothing() {
        MemorySegment table = table(1);
        RawRing.put(table, 0, new Descriptor(data, 10, 0, 0));
        raw.put(0, address(table), 16, 0, INDIRECT | WRITE | AVAIL);
        accepted(0, 1);
        assertThat(ring.device.chain().readableBytes()).isEqualTo(10);
        assertThat(ring.device.chain().writableBytes()).isZero();
    }

    @Test
    @Clause("2.8.7")
    void aTableNeedsNoAlignmentAndItsOtherFlagsAndIdsMeanNothing() {
        MemorySegment area = table(4).asSlice(3, 48);
        RawRing.put(area, 0, new Descriptor(data, 1, 77, 0));
        RawRing.put(area, 1, new Descriptor(data, 2, 65535, 0xffff & ~NEXT));
        RawRing.put(area, 2, new Descriptor(data, 3, 0, NEXT | WRITE | INDIRECT));
        raw.put(0, address(area), 48, 2, INDIRECT | AVAIL);
        accepted(2, 3);
        assertThat(ring.device.chain().writableBytes()).isEqualTo(5);
    }

    @Test
    void anEmptyDescriptorIsHarmless() {
        raw.put(0, data, 0, 0, NEXT | AVAIL);
        raw.put(1, data, 0, 0, WRITE | AVAIL);
        accepted(0, 2);
        assertThat(ring.device.chain().read(0, MemorySegment.ofArray(new byte[4]))).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, USED, AVAIL | USED})
    @Clause({"2.8.1", "2.8.15#2"})
    void aDescriptorWithAWrongWrapCounterIsNotAvailable(int flags) {
        raw.put(0, data, 1, 0, flags);
        assertThat(ring.device.take()).isFalse();
        assertThat(ring.device.enableNotifications()).isFalse();
        raw.put(0, data, 1, 0, AVAIL);
        assertThat(ring.device.enableNotifications()).isTrue();
        accepted(0, 1);
    }

    @Test
    @Clause({"2.8.1", "2.8.15#2"})
    void inEveryOtherRoundTheFlagsMeanTheOpposite() {
        ring.startingAt(5);
        for (int flags : new int[] {0, AVAIL, AVAIL | USED}) {
            raw.put(0, data, 1, 0, flags);
            assertThat(ring.device.take()).isFalse();
            assertThat(ring.device.enableNotifications()).isFalse();
        }
        raw.put(0, data, 1, 0, USED);
        accepted(0, 1);
        ring.device.use(0, 0);
        ring.device.publish();
        assertThat(raw.flags(0)).isZero();
    }

    @Test
    void aBufferAcrossTwoMappingsIsAFaultAndNotTwoHalves() {
        DmaMemory parted =
                new DmaMemory(
                        new MemoryMapping(
                                Arena.ofAuto().allocate(128 << 10, 4096),
                                List.of(new Extent(0, 64 << 10), new Extent(1 << 20, 64 << 10))));
        RingPair holed = new RingPair(4, FeatureSet.EMPTY, IndirectUse.NEVER, parted);
        holed.raw.put(0, (64 << 10) - 8, 16, 0, AVAIL);
        assertThatThrownBy(holed.device::take)
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("leads outside memory");
    }

    @Test
    void aFaultLeavesTheRingWhereItWas() {
        raw.put(0, data, 1, 9, AVAIL);
        raw.put(1, data, 1, 1, AVAIL);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(ring.device::take).isInstanceOf(DriverFaultException.class);
        }
        raw.put(0, data, 1, 0, AVAIL); // mended
        accepted(0, 1);
        accepted(1, 1);
        assertThat(ring.device.take()).isFalse();
    }

    @Test
    void whatTheDriverRewritesAfterwardsChangesNothing() {
        raw.put(0, data, 1, 0, NEXT | AVAIL);
        raw.put(1, data, 2, 3, AVAIL);
        accepted(3, 2);
        raw.descriptors.fill((byte) 0xff);
        ring.device.use(3, 0);
        ring.device.publish();
        assertThat(raw.flags(0)).isEqualTo(AVAIL | USED);
        raw.put(2, data, 1, 1, AVAIL); // two slots on, whatever the ring says
        accepted(1, 1);
    }

    @Test
    void randomBytesInTheRingAreEitherAChainOrAFault() {
        int chains = 0;
        int faults = 0;
        int size = 8;
        RingPair victim = RingPair.of(size, CommonFeature.INDIRECT_DESC);
        for (long seed = 1; seed <= 2000; seed++) {
            Random random = new Random(seed);
            FeatureSet features = FeatureSet.of(CommonFeature.INDIRECT_DESC);
            DeviceRing device =
                    victim.format.createDeviceEnd(
                            victim.setup,
                            random.nextBoolean() ? features.with(CommonFeature.IN_ORDER) : features,
                            victim.memory);
            for (int slot = 0; slot < size; slot++) {
                if (random.nextInt(5) == 0) {
                    for (int i = 0; i < 16; i++) {
                        victim.raw.descriptors.set(
                                ValueLayout.JAVA_BYTE, 16L * slot + i, (byte) random.nextInt());
                    }
                } else { // most lead somewhere
                    victim.raw.put(
                            slot,
                            data + random.nextInt(4096),
                            random.nextInt(5) == 0 ? 16L * random.nextInt(8) : random.nextInt(64),
                            random.nextInt(size + 1),
                            (random.nextInt(3) == 0 ? random.nextInt(8) : 0)
                                    | (random.nextInt(12) == 0 ? USED : AVAIL));
                }
            }
            for (int step = 0; step < 40; step++) {
                try {
                    if (!device.take()) {
                        break;
                    }
                    chains++;
                    assertThat(device.chain().count()).isBetween(1, size);
                    assertThat(device.chain().id()).isLessThan(size);
                    for (int i = 0; i < device.chain().count(); i++) {
                        device.chain().segment(i);
                    }
                    if (random.nextBoolean()) {
                        device.use(device.chain().id(), 1);
                        device.publish();
                    }
                } catch (DriverFaultException e) {
                    faults++;
                    break;
                }
            }
        }
        System.out.printf("hostile driver: seeds 1..2000, %d chains, %d faults%n", chains, faults);
        assertThat(chains).isGreaterThan(1000);
        assertThat(faults).isGreaterThan(1000);
    }

    private void overrun() {
        assertThatThrownBy(ring.device::take)
                .isInstanceOf(DriverFaultException.class)
                .hasMessageContaining("made available over ones that are not used yet")
                .hasMessageContaining("2.8.17#5");
    }

    private void refused(String clause, String message) {
        for (int i = 0; i < 2; i++) { // and nothing has changed
            assertThatThrownBy(ring.device::take)
                    .isInstanceOf(DriverFaultException.class)
                    .hasMessageContaining(clause)
                    .hasMessageContaining(message);
        }
    }

    private void accepted(int id, int elements) {
        assertThat(ring.device.take()).isTrue();
        assertThat(ring.device.chain().id()).isEqualTo(id);
        assertThat(ring.device.chain().count()).isEqualTo(elements);
    }

    private MemorySegment table(int entries) {
        return ring.memory.at(ring.address(16L * entries), 16L * entries).orElseThrow();
    }

    private long address(MemorySegment table) {
        return ring.memory.extents(table).getFirst().address();
    }
}
