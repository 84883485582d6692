package dev.virtq.transport.pci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.transport.pci.PciBar.Kind;
import org.junit.jupiter.api.Test;

/** Sizing and assigning BARs. */
class BarProbeTest {
    /** Base address registers as hardware has them: some bits stick, some are fixed. */
    private static final class Registers extends ScriptedWindow {
        final int[] writable = new int[6];
        final int[] fixed = new int[6];
        final int[] values = new int[6];
        int command = 0x7;
        int header;
        boolean decodedWhileSizing;

        Registers() {
            super(256);
        }

        @Override
        int read(int offset, int width) {
            if (offset >= 0x10 && offset < 0x28) {
                int index = (offset - 0x10) / 4;
                return (values[index] & writable[index]) | fixed[index];
            }
            return offset == 0x04 ? command : offset == 0x0e ? header : 0;
        }

        @Override
        void write(int offset, int width, int value, boolean posted) {
            if (offset == 0x04) {
                command = value;
                return;
            }
            decodedWhileSizing |= value == -1 && (command & 3) != 0;
            values[(offset - 0x10) / 4] = value;
        }
    }

    private final Registers registers = new Registers();

    @Test
    void barsAreSizedAndLeftAsTheyWere() {
        registers.writable[0] = 0xffff_ffe0; // 32 ports
        registers.fixed[0] = 1;
        registers.writable[1] = 0xffff_f000; // 4 KiB
        registers.values[1] = 0xfebf_1000;
        registers.writable[4] = 0xffff_c000; // 16 KiB, 64-bit, prefetchable
        registers.fixed[4] = 0xc;
        registers.writable[5] = -1;
        registers.values[4] = 0x0010_0000;
        registers.values[5] = 0x8;
        assertThat(new BarProbe(registers).probe())
                .containsExactly(
                        new PciBar(0, Kind.IO, false, 0, 0x20),
                        new PciBar(1, Kind.MEMORY_32, false, 0xfebf_1000L, 0x1000),
                        new PciBar(4, Kind.MEMORY_64, true, 0x8_0010_0000L, 0x4000));
        assertThat(registers.values).containsExactly(1, 0xfebf_1000, 0, 0, 0x0010_000c, 8);
        assertThat(registers.command).isEqualTo(7);
        assertThat(registers.decodedWhileSizing).isFalse();
    }

    @Test
    void aBarLargerThan4GiBIsSizedByItsUpperHalf() {
        registers.fixed[2] = 0x4;
        registers.writable[3] = 0xffff_fffc;
        assertThat(new BarProbe(registers).probe())
                .containsExactly(new PciBar(2, Kind.MEMORY_64, false, 0, 0x4_0000_0000L));
    }

    @Test
    void barsAreAssigned() {
        BarProbe probe = new BarProbe(registers);
        probe.assign(new PciBar(4, Kind.MEMORY_64, true, 0x9_c000_0000L, 0x4000));
        assertThat(registers.values).containsExactly(0, 0, 0, 0, 0xc000_0000, 9);
        assertThatThrownBy(() ->
                        probe.assign(new PciBar(1, Kind.MEMORY_32, false, 0x1_0000_0000L, 4096)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void impossibleRegistersAreFaults() {
        registers.fixed[5] = 0x4; // 64-bit, and no register left
        assertThatThrownBy(() -> new BarProbe(registers).probe())
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("upper half");
        registers.fixed[5] = 0x6;
        registers.writable[5] = 0xffff_f000;
        assertThatThrownBy(() -> new BarProbe(registers).probe())
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("reserved type");
        assertThat(registers.command).isEqualTo(7);
    }

    /** What comes after the second register of a bridge are bus numbers and windows. */
    @Test
    void aBridgeHasTwo() {
        registers.header = 0x81;
        registers.writable[0] = 0xffff_f000;
        registers.writable[2] = 0xffff_f000;
        assertThat(new BarProbe(registers).probe())
                .containsExactly(new PciBar(0, Kind.MEMORY_32, false, 0, 0x1000));
        registers.fixed[1] = 0x4;
        assertThatThrownBy(() -> new BarProbe(registers).probe())
                .isInstanceOf(DeviceFaultException.class)
                .hasMessageContaining("upper half");
    }

    @Test
    void otherHeadersAndEmptySlotsAreRefused() {
        for (int header : new int[] {0x02, 0x7f, 0xff}) {
            registers.header = header;
            assertThatThrownBy(() -> new BarProbe(registers))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected: 0, an ordinary function, or 1, a bridge");
        }
    }
}
