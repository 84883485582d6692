package dev.virtq.machine.qemu;

import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.BarProbe;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciBar;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A function that a scan has found, and what is behind it if it is a bridge. */
final class FoundFunction {
    private static final int HEADER_TYPE = 0x0e;
    private static final int HIGHEST_KNOWN_HEADER = 1;
    private static final int COMMAND = 0x04;
    private static final int PORTS_MEMORY_AND_BUS_MASTER = 0x7;

    private static final int PINS = 4;

    private final PciAddress address;
    private final @Nullable FoundFunction before;
    private final RegisterWindow config;
    private final @Nullable BarProbe probe;
    private @Nullable List<PciBar> probed;
    private List<PciBar> bars = List.of();

    private final @Nullable PciBridge bridge;
    private final @Nullable HotPlugSlot slot;
    private @Nullable FoundBus behind;
    private @Nullable BarWindows windows;

    /**
     * Looks at a function.
     *
     * @param address where it is
     * @param before the bridge that it is behind; null on the root bus
     * @param config its configuration space
     */
    FoundFunction(PciAddress address, @Nullable FoundFunction before, RegisterWindow config) {
        this.address = address;
        this.before = before;
        this.config = config;
        // Of a header that nobody knows, nothing is known to be a base address register.
        boolean known = (config.readByte(HEADER_TYPE) & 0x7f) <= HIGHEST_KNOWN_HEADER;
        probe = known ? new BarProbe(config) : null;
        boolean isBridge = PciBridge.is(config);
        bridge = isBridge ? new PciBridge(config) : null;
        slot = isBridge ? HotPlugSlot.of(config).orElse(null) : null;
    }

    PciAddress address() {
        return address;
    }

    RegisterWindow config() {
        return config;
    }

    /** {@return the device number on the root bus of the function, or of the bridge before it} */
    int slotOnRootBus() {
        return before == null ? address.device() : before.slotOnRootBus();
    }

    /**
     * {@return at which pin on the root bus an interrupt pin arrives} The pins of devices behind a
     * bridge take turns (PCI-to-PCI Bridge Architecture 1.2, section 9.1).
     *
     * @param pin of the function, 0 to 3
     */
    int pinOnRootBus(int pin) {
        return before == null ? pin : before.pinOnRootBus((address.device() + pin) % PINS);
    }

    /** {@return its BARs, where they were placed} */
    List<PciBar> bars() {
        return bars;
    }

    Optional<PciBridge> bridge() {
        return Optional.ofNullable(bridge);
    }

    /** {@return the slot behind it into which devices can be plugged} */
    Optional<HotPlugSlot> slot() {
        return Optional.ofNullable(slot);
    }

    /** {@return the bus behind it; empty when it is no bridge, or no bus number was left} */
    Optional<FoundBus> behind() {
        return Optional.ofNullable(behind);
    }

    void behind(FoundBus bus) {
        behind = bus;
    }

    /** {@return the addresses that it passes on, once it is a bridge that has some} */
    Optional<BarWindows> windows() {
        return Optional.ofNullable(windows);
    }

    /** Has the bridge pass addresses on. */
    void pass(BarWindows addresses) {
        windows = addresses;
        bridge().orElseThrow().pass(addresses);
    }

    /** {@return the BARs that it has, and for which there may be no place} */
    List<PciBar> probe() {
        List<PciBar> known = probed;
        if (known == null) {
            known = probe == null ? List.of() : probe.probe();
            probed = known;
        }
        return known;
    }

    /** {@return what it asks for to pass on to the bus behind it, as if they were BARs} */
    List<PciBar> passedOn() {
        return behind == null ? List.of() : BridgeNeeds.of(this);
    }

    /** {@return all that it needs on its bus} */
    List<PciBar> needs() {
        List<PciBar> all = new ArrayList<>(probe());
        all.addAll(passedOn());
        return all;
    }

    /** Tells it where its BARs are, and lets it answer there. */
    void assign(List<PciBar> placed) {
        if (probe == null) {
            return;
        }
        List<PciBar> sorted = new ArrayList<>(placed);
        sorted.sort(Comparator.comparingInt(PciBar::index));
        sorted.forEach(probe::assign);
        bars = List.copyOf(sorted);
        int command = config.readShort(COMMAND) & 0xffff;
        config.writeShort(COMMAND, (short) (command | PORTS_MEMORY_AND_BUS_MASTER));
    }
}
