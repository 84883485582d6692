package dev.virtq.transport.pci.layout;

import dev.virtq.device.DeviceType;
import dev.virtq.transport.pci.PciAddress;
import dev.virtq.transport.pci.PciIds;

/** Tells what kind of device a function is by its ids (virtio 1.4, section 4.1.2). */
public final class Identity {
    private static final int VENDOR = 0x1af4;
    private static final int TRANSITIONAL_FIRST = 0x1000;
    private static final int TRANSITIONAL_LAST = 0x103f;
    private static final int MODERN_BASE = 0x1040; // and the virtio device id
    private static final int MODERN_LAST = 0x107f;

    private final PciAddress address;
    private final PciIds ids;

    /**
     * Looks at a function's ids. Revision and subsystem ids do not matter (4.1.2.2#3, #4).
     *
     * @param address where the function is, for messages
     * @param ids what it says it is
     */
    public Identity(PciAddress address, PciIds ids) {
        this.address = address;
        this.ids = ids;
    }

    /** {@return whether it is a virtio device, of whatever age} */
    public boolean isVirtio() {
        return isTransitional() || isModern();
    }

    /** {@return whether its id is that of a device with the legacy interface} */
    public boolean isTransitional() {
        return ids.vendor() == VENDOR
                && ids.device() >= TRANSITIONAL_FIRST
                && ids.device() <= TRANSITIONAL_LAST;
    }

    /** {@return whether its id is that of a device without the legacy interface} */
    public boolean isModern() {
        return ids.vendor() == VENDOR && ids.device() > MODERN_BASE && ids.device() <= MODERN_LAST;
    }

    /** {@return the device type of a modern device} */
    public DeviceType deviceType() {
        return DeviceType.of(ids.device() - MODERN_BASE);
    }

    /** {@return what it is, for people, as in {@code virtio net}} */
    public String describe() {
        if (isModern()) {
            return "virtio " + deviceType();
        }
        return isTransitional() ? "virtio, transitional or legacy" : "not virtio";
    }

    /**
     * Refuses what this transport does not drive.
     *
     * @param hasStructures whether the capability list points to structures of virtio
     * @throws IllegalArgumentException with what it is, and what to do
     */
    public void requireModern(boolean hasStructures) {
        if (!isVirtio()) {
            throw new IllegalArgumentException(
                    "pci %s is %s, class %06x: not a virtio device (expected: vendor 1af4, device"
                                    .formatted(address, ids, ids.classCode())
                            + " 1041..107f)");
        }
        if (isTransitional()) {
            throw new IllegalArgumentException(
                    "pci %s is %s, %s; virtq drives only the modern interface: start the device"
                                    .formatted(
                                            address,
                                            ids,
                                            hasStructures
                                                    ? "a transitional virtio device"
                                                    : "a legacy virtio device")
                            + " without the legacy one (QEMU: disable-legacy=on)");
        }
        if (!hasStructures) {
            throw new IllegalArgumentException(
                    "pci %s is %s without a virtio capability: a legacy device; virtq drives only"
                                    .formatted(address, ids)
                            + " the modern interface (QEMU: disable-legacy=on,disable-modern=off)");
        }
    }
}
