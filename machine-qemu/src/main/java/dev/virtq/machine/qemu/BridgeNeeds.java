package dev.virtq.machine.qemu;

import dev.virtq.transport.pci.PciBar;
import java.util.ArrayList;
import java.util.List;

/**
 * How many addresses of each kind are needed behind a bridge.
 *
 * <p>The bridge asks for them as if for BARs: a range that is a power of two large, and aligned to
 * its size. Given out from the largest to the smallest, such ranges leave no gaps, so that the sum
 * of what is needed is enough.
 */
final class BridgeNeeds {
    /** More than there are: what is larger can as well be taken to be as large. */
    private static final long TOO_LARGE = 1L << 40;

    /** What an empty slot keeps for a device that may come; QEMU's virtio devices need 20 KiB. */
    private static final long FOR_GUESTS = 2L << 20;

    private static final int LOW = 0;
    private static final int HIGH = 1;
    private static final int PORTS = 2;

    private final boolean reachesHigh;
    private long low;
    private long high;
    private long ports;

    private BridgeNeeds(boolean reachesHigh) {
        this.reachesHigh = reachesHigh;
    }

    /**
     * Adds up what is needed behind a bridge.
     *
     * @param function the bridge, with a bus behind it
     * @return what it asks for, a range of each kind at most
     */
    static List<PciBar> of(FoundFunction function) {
        boolean reachesHigh = function.bridge().orElseThrow().reachesHigh();
        BridgeNeeds needs = new BridgeNeeds(reachesHigh);
        for (FoundFunction member : function.behind().orElseThrow().functions()) {
            member.needs().forEach(needs::add);
        }
        if (function.slot().isPresent()) {
            needs.low = Math.max(needs.low, FOR_GUESTS);
        }
        return needs.ranges();
    }

    private void add(PciBar bar) {
        long size = Math.min(bar.size(), TOO_LARGE);
        if (bar.kind() == PciBar.Kind.IO) {
            ports += size;
        } else if (reachesHigh && BarWindows.isHighBehindBridges(bar)) {
            high += size;
        } else {
            low += size;
        }
    }

    private List<PciBar> ranges() {
        List<PciBar> ranges = new ArrayList<>();
        if (low > 0) {
            ranges.add(range(LOW, PciBar.Kind.MEMORY_32, low, PciBridge.MEMORY_GRANULE));
        }
        if (high > 0) {
            ranges.add(range(HIGH, PciBar.Kind.MEMORY_64, high, PciBridge.MEMORY_GRANULE));
        }
        if (ports > 0) {
            ranges.add(range(PORTS, PciBar.Kind.IO, ports, PciBridge.PORT_GRANULE));
        }
        return ranges;
    }

    private static PciBar range(int kind, PciBar.Kind what, long bytes, long granule) {
        long least = Math.max(bytes, granule);
        long size = Long.highestOneBit(least);
        return new PciBar(
                kind, what, what == PciBar.Kind.MEMORY_64, 0, size < least ? size << 1 : size);
    }

    /**
     * {@return what was placed of what a bridge asked for, as the addresses that it passes on}
     *
     * @param placed some of the ranges
     */
    static BarWindows windows(List<PciBar> placed) {
        AddressRange[] passed = {AddressRange.none(), AddressRange.none(), AddressRange.none()};
        for (PciBar range : placed) {
            passed[range.index()] =
                    new AddressRange(range.address(), range.address() + range.size());
        }
        return BarWindows.behindBridge(passed[LOW], passed[HIGH], passed[PORTS]);
    }
}
