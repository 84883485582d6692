package dev.virtq.transport.pci.layout;

/** The values of cfg_type (virtio 1.4, section 4.1.4). */
public final class StructureType {
    /** VIRTIO_PCI_CAP_COMMON_CFG, section 4.1.4.3. */
    public static final int COMMON = 1;

    /** VIRTIO_PCI_CAP_NOTIFY_CFG, section 4.1.4.4. */
    public static final int NOTIFICATIONS = 2;

    /** VIRTIO_PCI_CAP_ISR_CFG, section 4.1.4.5. */
    public static final int ISR = 3;

    /** VIRTIO_PCI_CAP_DEVICE_CFG, section 4.1.4.6. */
    public static final int DEVICE = 4;

    /** VIRTIO_PCI_CAP_PCI_CFG, section 4.1.4.9. */
    public static final int PCI_ACCESS = 5;

    /** VIRTIO_PCI_CAP_SHARED_MEMORY_CFG, section 4.1.4.7. */
    public static final int SHARED_MEMORY = 8;

    /** VIRTIO_PCI_CAP_VENDOR_CFG, section 4.1.4.8. */
    public static final int VENDOR = 9;

    private StructureType() {}

    /**
     * {@return whether a capability of that type says where something lies; not so when reserved}
     */
    static boolean hasLocation(int type) {
        return (type >= COMMON && type <= PCI_ACCESS) || type == SHARED_MEMORY;
    }

    static String name(int type) {
        return switch (type) {
            case COMMON -> "virtio common configuration";
            case NOTIFICATIONS -> "virtio notifications";
            case ISR -> "virtio ISR status";
            case DEVICE -> "virtio device configuration";
            case PCI_ACCESS -> "virtio PCI configuration access";
            case SHARED_MEMORY -> "virtio shared memory";
            case VENDOR -> "virtio vendor data";
            default -> "virtio structure of reserved type %d".formatted(type);
        };
    }
}
