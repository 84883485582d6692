package dev.virtq.transport.pci;

/**
 * Where a function sits on its PCI bus.
 *
 * @param bus 0 to 255
 * @param device 0 to 31
 * @param function 0 to 7
 */
public record PciAddress(int bus, int device, int function) {
    /** Refuses a place that no bus has. */
    public PciAddress {
        if (bus < 0 || bus > 255 || device < 0 || device > 31 || function < 0 || function > 7) {
            throw new IllegalArgumentException(
                    "pci address %d:%d.%d (expected: bus 0..255, device 0..31, function 0..7)"
                            .formatted(bus, device, function));
        }
    }

    /** {@return bus, device and function in hex as people write them, as in {@code 00:01.0}} */
    @Override
    public String toString() {
        return "%02x:%02x.%x".formatted(bus, device, function);
    }
}
