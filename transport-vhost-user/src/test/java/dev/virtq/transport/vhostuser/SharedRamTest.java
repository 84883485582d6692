package dev.virtq.transport.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceType;
import dev.virtq.device.VirtioException;
import dev.virtq.memory.Extent;
import dev.virtq.transport.vhostuser.posix.MemoryFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedRamTest {
    private static final long GIB = 1L << 30;
    private static final long HUGE_PAGE = 2L << 20;

    @ParameterizedTest
    @ValueSource(longs = {2 * HUGE_PAGE, GIB, 4 * GIB, 8 * GIB, 8 * GIB + 2 * HUGE_PAGE, 1L << 40})
    void itsRunsDoNotMeetAndHaveWholeHugePages(long bytes) {
        List<Extent> runs = SharedRam.runs(bytes);
        assertThat(runs).hasSize(2);
        Extent low = runs.get(0);
        Extent high = runs.get(1);
        assertThat(low.address() + low.length()).isLessThanOrEqualTo(4 * GIB);
        assertThat(high.address()).isEqualTo(4 * GIB);
        assertThat(low.length() + high.length()).isEqualTo(bytes);
        assertThat(low.length() % HUGE_PAGE).isZero();
        assertThat(low.length()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 4096, 5 << 20})
    void itIsRoundedUp(long bytes) throws Exception {
        try (SharedRam ram = SharedRam.allocate(bytes)) {
            long length = ram.regions().stream().mapToLong(SharedRam.Region::length).sum();
            assertThat(length).isGreaterThanOrEqualTo(bytes).isLessThan(bytes + 2 * HUGE_PAGE);
            assertThat(ram.regions().get(1).offset()).isEqualTo(ram.regions().get(0).length());
            assertThat(ram.file().size()).isEqualTo(length);
        }
    }

    @Test
    void withTooFewHugePagesItHasSmallOnes() throws Exception {
        long more = 64 * GIB; // nothing of it is touched
        try (SharedRam ram = SharedRam.allocate(more)) {
            assertThat(ram.hasHugePages()).isFalse();
            assertThat(ram.memory().available()).isEqualTo(more);
        }
    }

    @Test
    void aMachineSaysWhatSmallPagesCost() {
        try (VhostUserMachine machine =
                VhostUserMachine.of(Path.of("x"), DeviceType.NETWORK, 64 * GIB)) {
            assertThat(machine.details())
                    .containsEntry(
                            "pages",
                            "4 KiB, since too few of 2 MiB are free; that costs TLB misses on both sides");
        }
    }

    @Test
    void memoryThatCannotBeMappedIsAnError() {
        // More than there are addresses for: 128 or 256 TiB.
        assertThatThrownBy(
                        () -> {
                            List<VhostUserMachine> machines = new ArrayList<>();
                            try {
                                for (int i = 0; i < 600; i++) {
                                    machines.add(
                                            VhostUserMachine.of(
                                                    Path.of("x"), DeviceType.NETWORK, 1L << 40));
                                }
                            } finally {
                                machines.forEach(VhostUserMachine::close);
                            }
                        })
                .isInstanceOf(VirtioException.class)
                .hasMessage("memory for x: mmap of %d bytes: ENOMEM", 1L << 40);
    }

    @Test
    void newPagesHaveTheSameContentAtTheSameAddresses() throws Exception {
        try (SharedRam ram = SharedRam.allocate(8 << 20);
                Arena arena = Arena.ofConfined()) {
            MemorySegment view = ram.memory().mappings().getFirst().segment();
            long last = view.byteSize() - 1;
            view.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
            view.set(ValueLayout.JAVA_BYTE, 5 << 20, (byte) 2);
            view.set(ValueLayout.JAVA_BYTE, last, (byte) 3);
            MemoryFile before = ram.file();
            MemorySegment old = before.map(arena, 0, view.byteSize()); // as a back end has it
            ram.renew();
            assertThat(before.isOpen()).isFalse();
            old.fill((byte) 0x7f);
            assertThat(view.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
            assertThat(view.get(ValueLayout.JAVA_BYTE, 1)).isZero();
            assertThat(view.get(ValueLayout.JAVA_BYTE, 5 << 20)).isEqualTo((byte) 2);
            assertThat(view.get(ValueLayout.JAVA_BYTE, last)).isEqualTo((byte) 3);
            view.set(ValueLayout.JAVA_BYTE, 7, (byte) 4);
            MemorySegment next = ram.file().map(arena, 0, view.byteSize());
            assertThat(next.get(ValueLayout.JAVA_BYTE, 7)).isEqualTo((byte) 4);
            assertThat(next.get(ValueLayout.JAVA_BYTE, last)).isEqualTo((byte) 3);
            assertThat(old.get(ValueLayout.JAVA_BYTE, 7)).isEqualTo((byte) 0x7f);
        }
    }

    /** Huge ones at first, where this computer has some to spare. */
    @Test
    void smallPagesTakeThePlaceOfAnyOthers() throws Exception {
        try (SharedRam ram = SharedRam.allocate(8 << 20)) {
            MemorySegment view = ram.memory().mappings().getFirst().segment();
            view.fill((byte) 9);
            ram.renew(false);
            assertThat(ram.hasHugePages()).isFalse();
            for (long at = 0; at < view.byteSize(); at += 4096) {
                assertThat(view.get(ValueLayout.JAVA_BYTE, at)).isEqualTo((byte) 9);
            }
            view.fill((byte) 10);
            assertThat(view.get(ValueLayout.JAVA_BYTE, view.byteSize() - 1)).isEqualTo((byte) 10);
        }
    }

    /** To copy every page of that would take all the memory that there is. */
    @Test
    void whatWasNeverWrittenIsNotCopied() throws Exception {
        try (SharedRam ram = SharedRam.allocate(64 * GIB)) {
            MemorySegment view = ram.memory().mappings().getFirst().segment();
            view.set(ValueLayout.JAVA_LONG, 40 * GIB, 42);
            ram.renew();
            ram.renew();
            assertThat(view.get(ValueLayout.JAVA_LONG, 40 * GIB)).isEqualTo(42);
            assertThat(ram.file().nextData(0)).isBetween(40 * GIB - HUGE_PAGE, 40 * GIB);
            assertThat(ram.file().nextData(40 * GIB + HUGE_PAGE)).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, (1L << 40) + 1})
    void noAmountOfMemoryIsRefused(long bytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> VhostUserMachine.of(Path.of("x"), DeviceType.NETWORK, bytes))
                .withMessageContaining("%d bytes of memory (expected: 1..", bytes);
    }

    @Test
    void noPatienceIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        VhostUserMachine.of(Path.of("x"), DeviceType.NETWORK, 1, Duration.ZERO))
                .withMessageContaining("patience");
    }
}
