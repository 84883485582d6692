package dev.virtq.machine.qemu;

import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the functions of a machine and numbers its buses: what is behind a bridge comes before what
 * is beside it.
 *
 * <p>Each bridge takes a number, and there are 256, so that it ends whatever the bridges say. For a
 * bridge that gets none, or does not keep the one that it gets, nothing is behind it.
 */
final class BusScan {
    private static final int LAST_BUS = 255;
    private static final int DEVICES = 32;
    private static final int FUNCTIONS = 8;
    private static final int HEADER_TYPE = 0x0e;
    private static final int MULTI_FUNCTION = 0x80;

    private final ConfigSpaces spaces;
    private final int lastBus;
    private int taken;

    private BusScan(ConfigSpaces spaces, int first, int lastBus) {
        this.spaces = spaces;
        this.taken = first;
        this.lastBus = lastBus;
    }

    /** {@return all of the machine} */
    static FoundBus machine(ConfigSpaces spaces) {
        return new BusScan(spaces, 0, LAST_BUS).bus(null, 0, DEVICES);
    }

    /**
     * {@return a bus that has its number already, with a single device, and all that is behind it}
     *
     * @param spaces of the machine
     * @param port which it is behind
     */
    static FoundBus behindPort(ConfigSpaces spaces, FoundFunction port) {
        FoundBus bus = port.behind().orElseThrow();
        return new BusScan(spaces, bus.number(), bus.last()).bus(port, bus.number(), 1);
    }

    private FoundBus bus(@Nullable FoundFunction before, int number, int devices) {
        List<FoundFunction> found = new ArrayList<>();
        for (int device = 0; device < devices; device++) {
            for (int function = 0; function < FUNCTIONS; function++) {
                PciAddress address = new PciAddress(number, device, function);
                RegisterWindow config = spaces.at(address);
                if (config.readShort(0) != -1) {
                    found.add(function(before, address, config));
                } else if (function == 0) {
                    break;
                }
                if (function == 0 && (config.readByte(HEADER_TYPE) & MULTI_FUNCTION) == 0) {
                    break;
                }
            }
        }
        return new FoundBus(number, taken, found);
    }

    private FoundFunction function(
            @Nullable FoundFunction before, PciAddress address, RegisterWindow config) {
        FoundFunction function = new FoundFunction(address, before, config);
        function.bridge().ifPresent(bridge -> follow(function, bridge));
        return function;
    }

    private void follow(FoundFunction function, PciBridge bridge) {
        int primary = function.address().bus();
        if (taken == lastBus) {
            bridge.setBuses(primary, 0, 0);
            return;
        }
        int secondary = ++taken;
        // Until it is known how many there are, it passes all on that is not before it.
        if (!bridge.setBuses(primary, secondary, lastBus)) {
            return;
        }
        // A link of PCI Express has a single device, which may answer for others as well.
        FoundBus behind = bus(function, secondary, bridge.hasLink() ? 1 : DEVICES);
        bridge.setBuses(primary, secondary, behind.last());
        function.behind(behind);
    }
}
