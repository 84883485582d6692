package dev.virtq.device;

import java.util.EnumSet;
import java.util.Set;

/** The bits of the device status field (virtio 1.4, section 2.1). */
public enum DeviceStatus {
    /** The driver has found the device. */
    ACKNOWLEDGE(1),
    /** The driver knows how to drive the device. */
    DRIVER(2),
    /** The driver is set up and the device may use the queues. */
    DRIVER_OK(4),
    /** Feature negotiation is complete. */
    FEATURES_OK(8),
    /** The device is suspended (with VIRTIO_F_SUSPEND). */
    SUSPEND(16),
    /** The device has met an error from which only a reset leads. */
    DEVICE_NEEDS_RESET(64),
    /** The driver has given up on the device. */
    FAILED(128);

    private final int mask;

    DeviceStatus(int mask) {
        this.mask = mask;
    }

    /** {@return the bit in the status byte} */
    public int mask() {
        return mask;
    }

    /**
     * {@return whether the bit is set}
     *
     * @param status a status byte
     */
    public boolean in(int status) {
        return (status & mask) != 0;
    }

    /**
     * {@return the bits of a status byte that have a name}
     *
     * @param status a status byte
     */
    public static Set<DeviceStatus> decode(int status) {
        Set<DeviceStatus> bits = EnumSet.noneOf(DeviceStatus.class);
        for (DeviceStatus bit : values()) {
            if (bit.in(status)) {
                bits.add(bit);
            }
        }
        return bits;
    }

    /**
     * {@return the status byte in hex with the names of its bits, as in {@code 0x03 (ACKNOWLEDGE
     * DRIVER)}}
     *
     * @param status a status byte
     */
    public static String describe(int status) {
        StringBuilder names = new StringBuilder();
        for (DeviceStatus bit : decode(status)) {
            names.append(names.isEmpty() ? " (" : " ").append(bit);
        }
        return "0x%02x%s".formatted(status, names.isEmpty() ? "" : names + ")");
    }
}
