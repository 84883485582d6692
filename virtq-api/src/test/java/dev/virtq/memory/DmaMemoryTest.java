package dev.virtq.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Allocation and translation, over memory with a hole: offset 8 KiB is address 4 GiB. */
class DmaMemoryTest {
    private static final long LOW = 0x10_0000;
    private static final long HIGH = 0x1_0000_0000L;
    private static final long PART = 8192;

    private final MemorySegment ram = Arena.ofAuto().allocate(2 * PART, 4096);
    private final DmaMemory memory =
            new DmaMemory(
                    new MemoryMapping(ram, List.of(new Extent(LOW, PART), new Extent(HIGH, PART))));

    private static long addressOf(DmaBuffer buffer) {
        return buffer.extents().getFirst().address();
    }

    @Test
    void theEdgesOfEveryExtentAreWhereTheyAre() {
        DmaMemory three =
                new DmaMemory(
                        new MemoryMapping(
                                ram, List.of(new Extent(HIGH, PART), new Extent(LOW, PART))),
                        MemoryMapping.contiguous(Arena.ofAuto().allocate(64, 64), 0));
        for (Extent extent : three.extents()) {
            long start = extent.address();
            long length = extent.length();
            assertThat(three.contains(start, length)).isTrue();
            assertThat(three.contains(start, 0)).isTrue();
            assertThat(three.contains(start + length - 1, 1)).isTrue();
            assertThat(three.contains(start, length + 1)).isFalse();
            assertThat(three.contains(start - 1, 1)).isFalse();
            assertThat(three.contains(start + length, 0)).isFalse();
            assertThat(three.contains(start + 1, -1)).isFalse();
            assertThat(three.contains(start, Long.MIN_VALUE)).isFalse();
            assertThat(three.contains(start + 1, Long.MAX_VALUE)).isFalse();
        }
        assertThat(new DmaMemory().contains(0, 0)).isFalse();
        assertThat(new DmaMemory().at(0, 1)).isEmpty();
    }

    @Test
    void aBufferIsZeroAndAlignedToACacheLine() {
        ram.fill((byte) 0x55);
        DmaBuffer first = memory.allocate(10);
        DmaBuffer second = memory.allocate(10);
        assertThat(first.view().toArray(ValueLayout.JAVA_BYTE)).containsOnly(0).hasSize(10);
        assertThat(addressOf(second) % 64).isZero();
        assertThat(addressOf(second)).isNotEqualTo(addressOf(first));
    }

    @Test
    void alignmentHoldsForTheDeviceAndForTheJvm() {
        memory.allocate(1);
        DmaBuffer buffer = memory.allocate(100, 4096);
        assertThat(addressOf(buffer) % 4096).isZero();
        assertThat(buffer.trusted().address() % 4096).isZero();
    }

    @Test
    void anAlignmentThatIsNoPowerOfTwoIsRefused() {
        for (long alignment : new long[] {0, 3, -2}) {
            assertThatThrownBy(() -> memory.allocate(1, alignment))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("power of two");
        }
        assertThatThrownBy(() -> memory.allocate(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("buffer size 0 (expected: 1 or more)");
        assertThatThrownBy(() -> memory.allocateContiguous(-1, 64))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aBufferLiesInOneExtentIfAnyHasRoom() {
        memory.allocate(PART - 64);
        assertThat(memory.allocate(128).extents()).containsExactly(new Extent(HIGH, 128));
    }

    @Test
    void aBufferThatFitsIntoNoExtentLiesAcrossTheHole() {
        DmaBuffer buffer = memory.allocate(PART + 100);
        assertThat(buffer.extents()).containsExactly(new Extent(LOW, PART), new Extent(HIGH, 100));
        assertThatThrownBy(() -> memory.allocateContiguous(PART + 1, 64))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("in one extent");
    }

    @Test
    void aBufferCanBeAskedForAcrossTheHole() {
        DmaBuffer buffer = memory.allocateAt(LOW + PART - 10, 30);
        assertThat(buffer.extents())
                .containsExactly(new Extent(LOW + PART - 10, 10), new Extent(HIGH, 20));
        buffer.setLong(6, 0x1122334455667788L);
        assertThat(ram.get(ValueLayout.JAVA_BYTE, PART - 4)).isEqualTo((byte) 0x88);
        assertThat(ram.get(ValueLayout.JAVA_BYTE, PART)).isEqualTo((byte) 0x44);
        assertThatThrownBy(() -> memory.allocateAt(HIGH + 19, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not all free");
        buffer.close();
        memory.allocateAt(HIGH + 19, 1);
    }

    @Test
    void anAddressOutsideMemoryIsRefusedWithWhereMemoryIs() {
        for (long address : new long[] {0, LOW - 1, LOW + PART, HIGH + PART - 4, -1}) {
            assertThatThrownBy(() -> memory.allocateAt(address, 5))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("0x100000..0x101fff, 0x100000000..0x100001fff");
        }
    }

    @Test
    void fullMemorySaysHowMuchThereIs() {
        memory.allocate(PART);
        assertThatThrownBy(() -> memory.allocate(PART + 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no room for 8193 bytes: 8192 bytes are free, 0 are in quarantine");
        assertThatThrownBy(() -> memory.allocate(Long.MAX_VALUE))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void bytesAreFoundByTheirAddressWithinOneExtent() {
        ram.set(ValueLayout.JAVA_BYTE, PART + 3, (byte) 9);
        assertThat(memory.at(HIGH + 3, 1))
                .get()
                .extracting(s -> s.get(ValueLayout.JAVA_BYTE, 0))
                .isEqualTo((byte) 9);
        assertThat(memory.at(LOW + PART - 1, 2)).isEmpty();
        assertThat(memory.at(LOW, -1)).isEmpty();
        assertThat(memory.at(LOW, Long.MAX_VALUE)).isEmpty();
        assertThat(memory.contains(HIGH + PART - 1, 1)).isTrue();
        assertThat(memory.contains(HIGH + PART - 1, 2)).isFalse();
        assertThat(memory.contains(-1, 1)).isFalse();
        assertThat(memory.contains(LOW, -1)).isFalse();
        assertThat(memory.contains(Long.MIN_VALUE, Long.MAX_VALUE)).isFalse();
    }

    @Test
    void aSegmentIsTranslatedToTheExtentsThatItCovers() {
        assertThat(memory.extents(ram.asSlice(PART - 1, 2)))
                .containsExactly(new Extent(LOW + PART - 1, 1), new Extent(HIGH, 1));
        assertThat(memory.extents(ram.asSlice(PART, 1))).containsExactly(new Extent(HIGH, 1));
    }

    @Test
    void memoryThatTheDeviceDoesNotReachIsRefusedWithWhatToDo() {
        for (MemorySegment foreign :
                List.of(
                        MemorySegment.ofArray(new byte[8]),
                        Arena.ofAuto().allocate(8),
                        MemorySegment.NULL)) {
            assertThatThrownBy(() -> memory.wrap(foreign))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("not in memory that the device can reach")
                    .hasMessageContaining("DmaMemory.register");
        }
        assertThatThrownBy(() -> memory.extents(ram.asSlice(5, 0)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void registeredMemoryIsWrappedAndNeverAllocatedFrom() {
        MemorySegment mine = Arena.ofAuto().allocate(4096, 4096);
        memory.register(MemoryMapping.contiguous(mine, 0x5000_0000));
        assertThat(memory.available()).isEqualTo(2 * PART);
        memory.allocate(2 * PART);
        assertThatThrownBy(() -> memory.allocate(1)).isInstanceOf(IllegalStateException.class);
        DmaBuffer buffer = memory.wrap(mine.asSlice(16, 100));
        assertThat(buffer.extents()).containsExactly(new Extent(0x5000_0010, 100));
        buffer.setInt(0, 77);
        assertThat(mine.get(ValueLayout.JAVA_INT, 16)).isEqualTo(77);
        buffer.close();
        assertThat(memory.available()).isZero();
    }

    @Test
    void whatNobodyHasAllocatedCannotBeWrapped() {
        DmaBuffer taken = memory.allocateAt(LOW, 128);
        memory.wrap(taken.trusted().asSlice(64, 64)).setInt(0, 5);
        assertThat(taken.intAt(64)).isEqualTo(5);
        assertThatThrownBy(() -> memory.wrap(ram.asSlice(64, 65)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65 bytes at 0x100040 are free")
                .hasMessageContaining("allocateAt");
    }

    @Test
    void aWrappedSegmentIsForEveryThreadWhateverItsOwnArena() throws InterruptedException {
        DmaBuffer taken = memory.allocate(64);
        DmaBuffer wrapped;
        try (Arena arena = Arena.ofConfined()) {
            wrapped = memory.wrap(taken.trusted().reinterpret(arena, null));
        }
        Thread thread = Thread.ofPlatform().start(() -> wrapped.setInt(0, 8));
        thread.join();
        assertThat(taken.intAt(0)).isEqualTo(8);
    }

    @Test
    void mappingsThatOverlapAreRefused() {
        MemorySegment more = Arena.ofAuto().allocate(4096, 4096);
        for (long address : new long[] {LOW, LOW + PART - 1, HIGH - 4095}) {
            assertThatThrownBy(() -> memory.register(MemoryMapping.contiguous(more, address)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("overlaps");
        }
        assertThatThrownBy(() ->
                        memory.register(
                                MemoryMapping.contiguous(ram.asSlice(4096, 4096), 0x5000_0000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("segment overlaps");
        memory.register(MemoryMapping.contiguous(more, -4096)); // the last page there is
        assertThatThrownBy(() ->
                        memory.register(
                                MemoryMapping.contiguous(Arena.ofAuto().allocate(4096), -8192 + 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("overlaps");
    }

    @Test
    void aMappingThatCannotBeSharedIsRefused() {
        MemorySegment segment = Arena.ofAuto().allocate(64);
        assertThatThrownBy(() -> new MemoryMapping(segment, List.of(new Extent(0, 63))))
                .hasMessage("the extents cover 63 bytes, the segment has 64");
        assertThatThrownBy(() ->
                        new MemoryMapping(segment, List.of(new Extent(0, 32), new Extent(16, 32))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("overlap");
        assertThatThrownBy(() -> MemoryMapping.contiguous(segment.asReadOnly(), 0))
                .hasMessageContaining("native, writable");
        assertThatThrownBy(() -> MemoryMapping.contiguous(MemorySegment.ofArray(new byte[64]), 0))
                .hasMessageContaining("native, writable");
        try (Arena confined = Arena.ofConfined()) {
            MemorySegment own = confined.allocate(64);
            assertThatThrownBy(() -> MemoryMapping.contiguous(own, 0))
                    .hasMessageContaining("accessible from every thread");
        }
    }

    @Test
    void anExtentDoesNotWrapAround() {
        assertThatThrownBy(() -> new Extent(-4, 5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Extent(0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(new Extent(-4, 4).end()).isZero();
    }

    @Test
    void quarantinedMemoryIsNeverUsedAgain() {
        DmaBuffer buffer = memory.allocate(PART);
        buffer.claim(new OpenGuard()).quarantine();
        assertThat(memory.quarantined()).isEqualTo(PART);
        buffer.close(); // frees nothing
        memory.allocate(PART);
        assertThatThrownBy(() -> memory.allocate(1))
                .hasMessage("no room for 1 bytes: 0 bytes are free, 8192 are in quarantine");
        assertThatThrownBy(() -> buffer.intAt(0)).hasMessageContaining("in quarantine");
    }

    @Test
    void freedNeighboursAreJoined() {
        List<DmaBuffer> buffers = new ArrayList<>();
        for (int i = 0; i < PART / 1024; i++) {
            buffers.add(memory.allocate(1024));
        }
        for (int i : new int[] {0, 2, 1, 7, 5, 6, 3, 4}) {
            buffers.get(i).close();
        }
        memory.allocateAt(LOW, 2 * PART);
        assertThat(memory.available()).isZero();
    }

    /** Against a model that marks every byte. */
    @Test
    void randomAllocationsNeverOverlapAndNothingIsLost() {
        Random random = new Random(20260408);
        boolean[] taken = new boolean[(int) (2 * PART)];
        List<DmaBuffer> live = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            if (random.nextInt(100) < 55) {
                long size = 1L + random.nextInt(random.nextBoolean() ? 64 : 3000);
                long alignment = 1L << random.nextInt(9);
                try {
                    DmaBuffer buffer =
                            random.nextInt(4) == 0
                                    ? memory.allocateContiguous(size, alignment)
                                    : memory.allocate(size, alignment);
                    assertThat(addressOf(buffer) % alignment).isZero();
                    mark(taken, buffer, true);
                    live.add(buffer);
                } catch (IllegalStateException e) {
                    assertThat(e).hasMessageContaining("no room for");
                    assertThat(hasRun(taken, size + 2 * alignment)).isFalse();
                }
            } else if (!live.isEmpty()) {
                DmaBuffer buffer = live.remove(random.nextInt(live.size()));
                mark(taken, buffer, false);
                buffer.close();
            }
            long free = 0;
            for (boolean each : taken) {
                free += each ? 0 : 1;
            }
            assertThat(memory.available()).isEqualTo(free);
        }
        live.forEach(DmaBuffer::close);
        memory.allocateAt(LOW, 2 * PART);
    }

    private void mark(boolean[] taken, DmaBuffer buffer, boolean value) {
        long offset = buffer.trusted().address() - ram.address();
        for (long i = offset; i < offset + buffer.size(); i++) {
            if (taken[(int) i] == value) {
                throw new AssertionError("byte " + i + " is given out twice");
            }
            taken[(int) i] = value;
        }
    }

    /** Whether a run lies free on one side of the hole: then every request of that size fits. */
    private static boolean hasRun(boolean[] taken, long length) {
        long run = 0;
        for (int i = 0; i < taken.length; i++) {
            run = i == PART || taken[i] ? (taken[i] ? 0 : 1) : run + 1;
            if (run >= length) {
                return true;
            }
        }
        return false;
    }

    @Test
    void closedMemoryRefusesEverything() {
        DmaBuffer buffer = memory.allocate(64);
        DmaBuffer wrapped = memory.wrap(buffer.trusted().asSlice(0, 8));
        MemorySegment view = buffer.view();
        MemorySegment wrappedView = wrapped.view();
        memory.close();
        memory.close();
        assertThat(memory.isClosed()).isTrue();
        for (Runnable access :
                new Runnable[] {
                    () -> buffer.intAt(0),
                    () -> buffer.setByte(0, (byte) 1),
                    buffer::view,
                    () -> wrapped.intAt(0),
                    () -> view.get(ValueLayout.JAVA_BYTE, 0),
                    () -> wrappedView.get(ValueLayout.JAVA_BYTE, 0),
                    () -> memory.allocate(1),
                    () -> memory.allocateAt(LOW + 4096, 1),
                    () -> memory.wrap(ram),
                    () -> buffer.claim(new OpenGuard()),
                    () -> memory.register(MemoryMapping.contiguous(Arena.ofAuto().allocate(8), 0))
                }) {
            assertThatThrownBy(access::run).isInstanceOf(IllegalStateException.class);
        }
        buffer.close();
    }

    /** Lets everybody do everything. */
    static final class OpenGuard implements BufferGuard {
        @Override
        public void checkAccess() {}

        @Override
        public void checkView() {}

        @Override
        public String describe() {
            return "a test";
        }
    }
}
