package dev.virtq.machine.qemu;

import dev.virtq.machine.AttachedDevice;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciFunction;
import java.util.ArrayList;
import java.util.List;

/**
 * Bus 0 of a q35 machine, set up as firmware would: configuration space is mapped into memory
 * (ECAM), and each function's BARs are sized and assigned. Bridges are not followed.
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
    private static final int DEVICES = 32;
    private static final int FUNCTIONS = 8;
    private static final int HEADER_TYPE = 0x0e;
    private static final int MULTI_FUNCTION = 0x80;

    private final List<QemuPciFunction> functions = new ArrayList<>();
    private final List<AttachedDevice> devices;

    PciBus(QemuMachine machine) {
        QtestClient qtest = machine.qtest();
        BarWindows windows = new BarWindows(machine.ram().runs());
        enableEcam(qtest);
        for (int device = 0; device < DEVICES; device++) {
            for (int function = 0; function < FUNCTIONS; function++) {
                PciAddress address = new PciAddress(0, device, function);
                QtestWindow config = config(qtest, address);
                if (config.readShort(0) != -1) {
                    functions.add(new QemuPciFunction(machine, address, config, windows));
                } else if (function == 0) {
                    break;
                }
                if (function == 0 && (config.readByte(HEADER_TYPE) & MULTI_FUNCTION) == 0) {
                    break;
                }
            }
        }
        devices = PciDevices.of(functions);
    }

    /** {@return the functions as devices, in the order of their names} */
    List<AttachedDevice> devices() {
        return devices;
    }

    /** {@return the functions on the bus, in the order of their addresses} */
    public List<PciFunction> functions() {
        return List.copyOf(functions);
    }

    /**
     * {@return the function at the address}
     *
     * @param address where it sits
     * @throws IllegalArgumentException when there is none; the message names those that are there
     */
    public PciFunction function(PciAddress address) {
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

    private static QtestWindow config(QtestClient qtest, PciAddress address) {
        long offset =
                (long) address.bus() << 20 | address.device() << 15 | address.function() << 12;
        return new QtestWindow(qtest, ECAM + offset, FUNCTION_CONFIG_SIZE);
    }
}
