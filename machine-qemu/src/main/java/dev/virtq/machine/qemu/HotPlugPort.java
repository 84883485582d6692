package dev.virtq.machine.qemu;

import java.util.List;

/** A root port of PCI Express with an empty slot behind it. */
final class HotPlugPort implements QemuDevice {
    static final HotPlugPort INSTANCE = new HotPlugPort();

    private HotPlugPort() {}

    /**
     * {@return what QEMU calls it}
     *
     * @param index the device's number in its machine
     */
    static String id(int index) {
        return "hotplug" + index;
    }

    @Override
    public List<String> arguments(int index, DeviceBus bus) {
        if (bus != DeviceBus.PCI) {
            throw new IllegalArgumentException(
                    "a hot-plug port needs a machine with PCI (expected: q35)");
        }
        return List.of(
                // Else slots are for QEMU's ACPI tables to control, which nobody reads here.
                "-global",
                "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off",
                "-device",
                "pcie-root-port,id=%s,chassis=%d".formatted(id(index), index + 1));
    }

    @Override
    public String toString() {
        return "hot-plug port";
    }
}
