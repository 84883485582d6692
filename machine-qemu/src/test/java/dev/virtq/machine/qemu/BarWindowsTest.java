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

    @Test
    void barsAreAlignedToTheirSizeAndDoNotOverlap() {
        BarWindows windows = new BarWindows(RAM);
        assertThat(windows.place(bar(PciBar.Kind.MEMORY_32, 0x1000)).address())
                .isEqualTo(0xc000_0000L);
        assertThat(windows.place(bar(PciBar.Kind.MEMORY_64, 0x4000)).address())
                .isEqualTo(0xc000_4000L);
        assertThat(windows.place(bar(PciBar.Kind.MEMORY_32, 0x10)).address())
                .isEqualTo(0xc000_8000L);
        assertThat(windows.place(bar(PciBar.Kind.IO, 0x20)).address()).isEqualTo(0xc000);
        assertThat(windows.place(bar(PciBar.Kind.IO, 0x40)).address()).isEqualTo(0xc040);
    }

    @Test
    void aLargeBarGoesAboveTheRam() {
        BarWindows windows = new BarWindows(RAM);
        assertThat(windows.place(bar(PciBar.Kind.MEMORY_64, 8L << 30)).address())
                .isEqualTo(0x80_0000_0000L);
    }

    @Test
    void aBarThatFitsNowhereIsRefused() {
        BarWindows windows = new BarWindows(RAM);
        assertThatThrownBy(() -> windows.place(bar(PciBar.Kind.MEMORY_32, 1L << 31)))
                .isInstanceOf(QemuException.class)
                .hasMessageContaining("no addresses are left");
    }

    @Test
    void ramInTheHoleForDevicesIsRefused() {
        assertThatThrownBy(() -> new BarWindows(List.of(new RamRun(0, 0, 0xc000_0000L))))
                .isInstanceOf(QemuException.class)
                .hasMessageContaining("max-ram-below-4g");
    }
}
