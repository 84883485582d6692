package dev.virtq.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.transport.pci.PciBar;
import java.util.List;
import org.junit.jupiter.api.Test;

class BarWindowsTest {
    private static final List<RamRun> RAM = List.of(new RamRun(0, 0, 1L << 31));

    private static PciBar bar(PciBar.Kind kind, long size) {
        return new PciBar(0, kind, false, 0, size);
    }

    private static PciBar prefetchable(long size) {
        return new PciBar(0, PciBar.Kind.MEMORY_64, true, 0, size);
    }

    private static long place(BarWindows windows, PciBar bar) {
        return windows.place(bar).orElseThrow().address();
    }

    @Test
    void barsAreAlignedToTheirSizeAndDoNotOverlap() {
        BarWindows windows = BarWindows.ofMachine(RAM);
        assertThat(place(windows, bar(PciBar.Kind.MEMORY_32, 0x1000))).isEqualTo(0xc000_0000L);
        assertThat(place(windows, bar(PciBar.Kind.MEMORY_64, 0x4000))).isEqualTo(0xc000_4000L);
        assertThat(place(windows, bar(PciBar.Kind.MEMORY_32, 0x10))).isEqualTo(0xc000_8000L);
        assertThat(place(windows, bar(PciBar.Kind.IO, 0x20))).isEqualTo(0xc000);
        assertThat(place(windows, bar(PciBar.Kind.IO, 0x40))).isEqualTo(0xc040);
    }

    @Test
    void aLargeBarGoesAboveTheRam() {
        BarWindows windows = BarWindows.ofMachine(RAM);
        assertThat(place(windows, bar(PciBar.Kind.MEMORY_64, 8L << 30))).isEqualTo(0x80_0000_0000L);
    }

    /**
     * What a bridge passes on there it may read ahead, which a register with side effects minds.
     */
    @Test
    void behindABridgeItMustBePrefetchableForThat() {
        BarWindows windows =
                BarWindows.behindBridge(
                        new AddressRange(0xd000_0000L, 0xf000_0000L),
                        new AddressRange(0x80_0000_0000L, 0x81_0000_0000L),
                        AddressRange.none());
        assertThat(place(windows, prefetchable(1L << 29))).isEqualTo(0x80_0000_0000L);
        assertThat(place(windows, prefetchable(1L << 12))).isEqualTo(0xd000_0000L);
        assertThat(place(windows, bar(PciBar.Kind.MEMORY_64, 1L << 28))).isEqualTo(0xe000_0000L);
        assertThat(windows.place(bar(PciBar.Kind.IO, 0x20))).isEmpty();
    }

    @Test
    void aBarThatFitsNowhereGetsNoPlace() {
        BarWindows windows = BarWindows.ofMachine(RAM);
        assertThat(windows.place(bar(PciBar.Kind.MEMORY_32, 1L << 31))).isEmpty();
        assertThat(windows.place(bar(PciBar.Kind.MEMORY_64, 1L << 62))).isEmpty();
        assertThat(windows.place(bar(PciBar.Kind.IO, 1L << 20))).isEmpty();
    }

    @Test
    void whatWasGivenOutIsGivenOutAgainFromTheWhole() {
        BarWindows windows =
                BarWindows.behindBridge(
                        new AddressRange(0xd000_0000L, 0xd020_0000L),
                        AddressRange.none(),
                        AddressRange.none());
        PciBar all = bar(PciBar.Kind.MEMORY_32, 0x20_0000);
        assertThat(place(windows, all)).isEqualTo(0xd000_0000L);
        assertThat(windows.place(all)).isEmpty();
        assertThat(place(windows.whole(), all)).isEqualTo(0xd000_0000L);
    }

    @Test
    void ramInTheHoleForDevicesIsRefused() {
        assertThatThrownBy(() -> BarWindows.ofMachine(List.of(new RamRun(0, 0, 0xc000_0000L))))
                .isInstanceOf(QemuException.class)
                .hasMessageContaining("max-ram-below-4g");
    }
}
