package dev.virtq.machine.qemu;

import dev.virtq.transport.pci.PciBar;
import java.util.List;

/**
 * Gives out the addresses at which BARs can start in a q35 machine. What firmware would do; there
 * is none.
 */
final class BarWindows {
    /** Behind the memory-mapped configuration space, up to the interrupt controllers. */
    private static final long LOW_START = 0xc000_0000L;

    private static final long LOW_END = 0xfec0_0000L;

    /** Above all RAM that a machine here can have, for BARs too large for the low window. */
    private static final long HIGH_START = 0x80_0000_0000L;

    private static final long HIGH_END = 0x100_0000_0000L;
    private static final long LARGE = 256L << 20;

    private static final long PORT_START = 0xc000;
    private static final long PORT_END = 0x1_0000;

    private long low = LOW_START;
    private long high = HIGH_START;
    private long port = PORT_START;

    BarWindows(List<RamRun> ram) {
        for (RamRun run : ram) {
            long end = run.address() + run.length();
            if ((end > PciBus.ECAM && run.address() < 1L << 32) || end > HIGH_START) {
                throw new QemuException(
                        ("RAM at 0x%x..0x%x lies where PCI devices have to be: choose"
                                        + " max-ram-below-4g=2G or less, and less than 500 GiB")
                                .formatted(run.address(), end - 1));
            }
        }
    }

    PciBar place(PciBar bar) {
        long size = bar.size();
        if (bar.kind() == PciBar.Kind.IO) {
            port = align(port, size, PORT_END, bar) + size;
            return bar.at(port - size);
        }
        if (bar.kind() == PciBar.Kind.MEMORY_64 && size >= LARGE) {
            high = align(high, size, HIGH_END, bar) + size;
            return bar.at(high - size);
        }
        low = align(low, size, LOW_END, bar) + size;
        return bar.at(low - size);
    }

    private static long align(long next, long size, long end, PciBar bar) {
        long start = (next + size - 1) & -size;
        if (start < next || size > end - start) {
            throw new QemuException(
                    "no addresses are left for BAR %d of 0x%x bytes".formatted(bar.index(), size));
        }
        return start;
    }
}
