package dev.virtq.transport.pci;

/**
 * What a function says it is (PCI Local Bus 3.0, section 6.2.1).
 *
 * @param vendor 16 bits; 0x1af4 for virtio
 * @param device 16 bits; 0x1040 and the virtio device id for a modern virtio device
 * @param revision 8 bits
 * @param classCode base class, sub-class and interface: 24 bits
 * @param subsystemVendor 16 bits
 * @param subsystemDevice 16 bits
 */
public record PciIds(
        int vendor,
        int device,
        int revision,
        int classCode,
        int subsystemVendor,
        int subsystemDevice) {
    /** {@return vendor and device in hex, as in {@code 1af4:1041}} */
    @Override
    public String toString() {
        return "%04x:%04x".formatted(vendor, device);
    }
}
