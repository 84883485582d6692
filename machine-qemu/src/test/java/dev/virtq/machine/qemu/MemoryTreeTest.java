package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryTreeTest {
    private static final long SIZE = 256L << 20;

    private static final String SPLIT =
            """
            FlatView #0
             AS "mch", root: bus master container
             Root memory region: (none)
              No rendered FlatView

            FlatView #1
             AS "memory", root: system
             AS "cpu-memory-0", root: system
             Root memory region: system
              0000000000000000-00000000000bffff (prio 0, ram): m0
              00000000000c0000-00000000000dffff (prio 1, rom): pc.rom
              00000000000e0000-00000000000effff (prio 0, ram): m0 @00000000000e0000
              0000000000100000-0000000007ffffff (prio 0, ram): m0 @0000000000100000 KVM
              00000000fec00000-00000000fec00fff (prio 0, i/o): ioapic
              0000000100000000-0000000107ffffff (prio 0, ram): m0 @0000000008000000

            FlatView #2
             AS "cpu-smm-0", root: memory
             Root memory region: memory
              0000000000000000-00000000000fffff (prio 0, ram): m0

            """;

    @Test
    void theRunsOfTheSystemsOwnViewAreFound() {
        assertThat(MemoryTree.runs(SPLIT, "m0", SIZE))
                .containsExactly(
                        new RamRun(0, 0, 0xc0000),
                        new RamRun(0xe0000, 0xe0000, 0x10000),
                        new RamRun(0x100000, 0x100000, (128L << 20) - 0x100000),
                        new RamRun(128L << 20, 1L << 32, 128L << 20));
    }

    @Test
    void theOldNameOfABackendIsKnownToo() {
        assertThat(MemoryTree.runs(SPLIT.replace(": m0", ": /objects/m0"), "m0", SIZE)).hasSize(4);
    }

    @Test
    void ramOfAnotherBackendIsNotOurs() {
        assertThatThrownBy(() -> MemoryTree.runs(SPLIT, "m1", SIZE))
                .isInstanceOf(QemuException.class)
                .hasMessageContaining("no RAM of backend 'm1'");
    }

    @Test
    void ramBeyondItsFileIsRefused() {
        assertThatThrownBy(() -> MemoryTree.runs(SPLIT, "m0", SIZE - 1))
                .isInstanceOf(QemuException.class)
                .hasMessageContaining("beyond");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000000000010-000000000000000f (prio 0, ram): m0",
                "8000000000000000-8000000000000fff (prio 0, ram): m0",
                "0000000000000000-7fffffffffffffff (prio 0, ram): m0",
                "0000000000000000-0000000000000fff (prio 0, ram): m0 @ffffffffffffffff"
            })
    void runsThatMakeNoSenseAreRefused(String line) {
        String text = "FlatView #0\n AS \"memory\", root: system\n  " + line + "\n";
        assertThatThrownBy(() -> MemoryTree.runs(text, "m0", SIZE))
                .isInstanceOf(QemuException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "unknown command: 'info mtree'", "FlatView #0\n AS \"memory\"\n"})
    void aTextWithoutRamIsRefused(String text) {
        assertThatThrownBy(() -> MemoryTree.runs(text, "m0", SIZE))
                .isInstanceOf(QemuException.class)
                .hasMessageContaining("no RAM");
    }
}
