package dev.virtq.machine.qemu;

import dev.virtq.transport.pci.PciBar;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Gives out the addresses at which BARs can start: all that a q35 machine has for them, or those
 * that a bridge passes on. What firmware would do; there is none.
 *
 * <p>There are three kinds: below 4 GiB for any memory, above for what is large and has no side
 * effects, and ports.
 */
final class BarWindows {
    /** Behind the memory-mapped configuration space, up to the interrupt controllers. */
    private static final long LOW_START = 0xc000_0000L;

    private static final long LOW_END = 0xfec0_0000L;

    /** Above all RAM that a machine here can have, for BARs too large for the low window. */
    private static final long HIGH_START = 0x80_0000_0000L;

    private static final long HIGH_END = 0x100_0000_0000L;
    private static final long LARGE = 16L << 20;

    private static final long PORT_START = 0xc000;
    private static final long PORT_END = 0x1_0000;

    private final AddressRange low;
    private final AddressRange high;
    private final AddressRange ports;

    /** What a bridge passes on there it may read ahead, and more than once. */
    private final boolean highIsPrefetched;

    private BarWindows(
            AddressRange low, AddressRange high, AddressRange ports, boolean highIsPrefetched) {
        this.low = low;
        this.high = high;
        this.ports = ports;
        this.highIsPrefetched = highIsPrefetched;
    }

    /**
     * {@return all that the machine has}
     *
     * @param ram where its RAM is
     * @throws QemuException when the RAM is in the way
     */
    static BarWindows ofMachine(List<RamRun> ram) {
        for (RamRun run : ram) {
            long end = run.address() + run.length();
            if ((end > PciBus.ECAM && run.address() < 1L << 32) || end > HIGH_START) {
                throw new QemuException(
                        ("RAM at 0x%x..0x%x lies where PCI devices have to be: choose"
                                        + " max-ram-below-4g=2G or less, and less than 500 GiB")
                                .formatted(run.address(), end - 1));
            }
        }
        return new BarWindows(
                new AddressRange(LOW_START, LOW_END),
                new AddressRange(HIGH_START, HIGH_END),
                new AddressRange(PORT_START, PORT_END),
                false);
    }

    /** {@return those that a bridge passes on} */
    static BarWindows behindBridge(AddressRange low, AddressRange high, AddressRange ports) {
        return new BarWindows(low, high, ports, true);
    }

    /**
     * {@return whether a BAR behind bridges should be above 4 GiB}
     *
     * @param bar any BAR
     */
    static boolean isHighBehindBridges(PciBar bar) {
        return isLarge(bar) && bar.prefetchable();
    }

    /**
     * {@return the BAR at a place of its own; empty when there is none left for it}
     *
     * @param bar a BAR, wherever it is now
     */
    Optional<PciBar> place(PciBar bar) {
        AddressRange range = bar.kind() == PciBar.Kind.IO ? ports : low;
        if (!high.isNone() && isLarge(bar) && (bar.prefetchable() || !highIsPrefetched)) {
            range = high;
        }
        OptionalLong address = range.take(bar.size());
        return address.isEmpty() ? Optional.empty() : Optional.of(bar.at(address.getAsLong()));
    }

    /** {@return the same addresses, with none given out} */
    BarWindows whole() {
        return new BarWindows(low.whole(), high.whole(), ports.whole(), highIsPrefetched);
    }

    AddressRange low() {
        return low;
    }

    AddressRange high() {
        return high;
    }

    AddressRange ports() {
        return ports;
    }

    private static boolean isLarge(PciBar bar) {
        return bar.kind() == PciBar.Kind.MEMORY_64 && bar.size() >= LARGE;
    }
}
