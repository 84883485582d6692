package dev.virtq.device;

/**
 * The feature bits that do not depend on the device type (virtio 1.4, section 6).
 *
 * <p>{@link #SR_IOV} and {@link #ADMIN_VQ} are named so that they can be shown; virtq never accepts
 * them.
 */
public enum CommonFeature implements Feature {
    /** The driver may put a chain into a table of its own (VIRTIO_F_INDIRECT_DESC). */
    INDIRECT_DESC(28),
    /** Notifications are suppressed up to an index instead of by a flag (VIRTIO_F_EVENT_IDX). */
    EVENT_IDX(29),
    /** The device follows the standard and not its legacy predecessors (VIRTIO_F_VERSION_1). */
    VERSION_1(32),
    /**
     * The device's accesses are translated or limited by the platform (VIRTIO_F_ACCESS_PLATFORM).
     */
    ACCESS_PLATFORM(33),
    /** The packed ring (VIRTIO_F_RING_PACKED). */
    RING_PACKED(34),
    /** Buffers are used in the order in which they were made available (VIRTIO_F_IN_ORDER). */
    IN_ORDER(35),
    /** Memory is ordered as for hardware, not as between processors (VIRTIO_F_ORDER_PLATFORM). */
    ORDER_PLATFORM(36),
    /** The device has virtual functions (VIRTIO_F_SR_IOV). */
    SR_IOV(37),
    /** A notification carries the position in the ring (VIRTIO_F_NOTIFICATION_DATA). */
    NOTIFICATION_DATA(38),
    /** The device says what a notification shall carry (VIRTIO_F_NOTIF_CONFIG_DATA). */
    NOTIF_CONFIG_DATA(39),
    /** A single queue can be reset (VIRTIO_F_RING_RESET). */
    RING_RESET(40),
    /** The device has an administration virtqueue (VIRTIO_F_ADMIN_VQ). */
    ADMIN_VQ(41),
    /** The device can be suspended (VIRTIO_F_SUSPEND). */
    SUSPEND(43);

    private final int bit;

    CommonFeature(int bit) {
        this.bit = bit;
    }

    @Override
    public int bit() {
        return bit;
    }
}
