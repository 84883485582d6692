package dev.virtq.machine.qemu;

import dev.virtq.machine.InterruptMode;
import java.util.Locale;

/** How QEMU's devices hang on a machine, which is a part of the names of their models. */
public enum DeviceBus {
    /** As in {@code virtio-net-pci}. */
    PCI(InterruptMode.MSIX),
    /** As in {@code virtio-net-device}, which takes the next place that is kept for one. */
    MMIO(InterruptMode.INTX);

    private final InterruptMode interrupts;

    DeviceBus(InterruptMode interrupts) {
        this.interrupts = interrupts;
    }

    /** {@return in small letters} */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@return how its devices get attention unless somebody chooses} */
    InterruptMode interrupts() {
        return interrupts;
    }

    /** Refuses a way to get attention that its devices do not have. */
    void check(InterruptMode mode) {
        if (this == MMIO && mode == InterruptMode.MSIX) {
            throw new IllegalArgumentException(
                    "devices over MMIO send no messages (expected: intx, their interrupt line, or poll)");
        }
    }
}
