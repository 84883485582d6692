package dev.virtq.machine.qemu;

import java.util.Locale;

/** How QEMU's devices hang on a machine, which is a part of the names of their models. */
public enum DeviceBus {
    /** As in {@code virtio-net-pci}. */
    PCI,
    /** As in {@code virtio-net-device}, which takes the next place that is kept for one. */
    MMIO;

    /** {@return in small letters} */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
