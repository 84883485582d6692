package dev.virtq.machine.qemu;

import dev.virtq.machine.AttachedDevice;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciFunction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The PCI buses of a q35 machine, set up as firmware would: configuration space is mapped into
 * memory (ECAM), buses behind bridges are numbered, each function's BARs are sized and assigned,
 * and bridges pass on what is behind them.
 *
 * <p>A {@code system_reset} of the machine undoes it; what was handed out before is of no use then.
 */
public final class PciBus {
    /** Where the memory-mapped configuration space starts. */
    static final long ECAM = 0xb000_0000L;

    private static final int CONFIG_ADDRESS_PORT = 0xcf8;
    private static final int CONFIG_DATA_PORT = 0xcfc;
    private static final int Q35_HOST_BRIDGE = 0x29c0_8086;
    private static final int PCIEXBAR = 0x60;
    private static final int ENABLE_256_BUSES = 1;

    private static final int FUNCTION_CONFIG_SIZE = 4096;

    private final QtestClient qtest;
    private final PciDevices devices = new PciDevices();
    private final HotPlug hotPlug;

    PciBus(QemuMachine machine) {
        qtest = machine.qtest();
        BarWindows windows = BarWindows.ofMachine(machine.ram().runs());
        enableEcam(qtest);
        FoundBus root = BusScan.machine(this::config);
        BusPlan.place(root, windows);
        hotPlug = new HotPlug(machine, this::config, root, devices);
        List<QemuPciFunction> functions = new ArrayList<>();
        reach(root, machine, functions);
        // A bus after the buses with lower numbers, whatever is behind what.
        functions.sort(Comparator.comparingInt(function -> function.address().bus()));
        devices.add(functions);
    }

    private void reach(FoundBus bus, QemuMachine machine, List<QemuPciFunction> functions) {
        for (FoundFunction found : bus.functions()) {
            functions.add(new QemuPciFunction(machine, found, hotPlug.removalAt(found.address())));
            found.behind().ifPresent(behind -> reach(behind, machine, functions));
        }
    }

    /** {@return the functions as devices, in the order of their names} */
    List<AttachedDevice> devices() {
        return devices.attached();
    }

    HotPlug hotPlug() {
        return hotPlug;
    }

    /** {@return the functions on the buses, in the order of their addresses} */
    public List<PciFunction> functions() {
        return List.copyOf(devices.functions());
    }

    /**
     * {@return the function at the address}
     *
     * @param address where it sits
     * @throws IllegalArgumentException when there is none; the message names those that are there
     */
    public PciFunction function(PciAddress address) {
        List<QemuPciFunction> functions = devices.functions();
        for (QemuPciFunction function : functions) {
            if (function.address().equals(address)) {
                return function;
            }
        }
        throw new IllegalArgumentException(
                "no PCI function at %s (there are: %s)".formatted(address, functions));
    }

    private static void enableEcam(QtestClient qtest) {
        int bridge = configPort(qtest, 0);
        if (bridge != Q35_HOST_BRIDGE) {
            throw new QemuException(
                    "the machine's host bridge is %04x:%04x, expected 8086:29c0: use a q35 machine"
                            .formatted(bridge & 0xffff, bridge >>> 16));
        }
        selectConfig(qtest, PCIEXBAR + 4);
        qtest.ports().out(CONFIG_DATA_PORT, 4, 0);
        selectConfig(qtest, PCIEXBAR);
        qtest.ports().out(CONFIG_DATA_PORT, 4, (int) ECAM | ENABLE_256_BUSES);
        int mapped = qtest.readl(ECAM);
        if (mapped != Q35_HOST_BRIDGE) {
            throw new QemuException(
                    "the configuration space did not appear at 0x%x: read 0x%08x there"
                            .formatted(ECAM, mapped));
        }
    }

    private static int configPort(QtestClient qtest, int register) {
        selectConfig(qtest, register);
        return qtest.ports().in(CONFIG_DATA_PORT, 4);
    }

    private static void selectConfig(QtestClient qtest, int register) {
        qtest.ports().out(CONFIG_ADDRESS_PORT, 4, 0x8000_0000 | register);
    }

    private QtestWindow config(PciAddress address) {
        long offset =
                (long) address.bus() << 20 | address.device() << 15 | address.function() << 12;
        return new QtestWindow(qtest, ECAM + offset, FUNCTION_CONFIG_SIZE);
    }
}
