package dev.virtq.device;

import java.util.List;
import java.util.Optional;

/**
 * What kind of device it is (virtio 1.4, section 5).
 *
 * @param id the virtio device id; 1 to 0xfff
 * @param name a short name, as in {@code net}
 */
public record DeviceType(int id, String name) {
    /** Network device, section 5.1. */
    public static final DeviceType NETWORK = new DeviceType(1, "net");

    /** Block device, section 5.2. */
    public static final DeviceType BLOCK = new DeviceType(2, "blk");

    /** Console, section 5.3. */
    public static final DeviceType CONSOLE = new DeviceType(3, "console");

    /** Entropy source, section 5.4. */
    public static final DeviceType ENTROPY = new DeviceType(4, "rng");

    /** 9P transport, outside the standard. */
    public static final DeviceType NINE_P = new DeviceType(9, "9p");

    /** File system, section 5.11. */
    public static final DeviceType FILE_SYSTEM = new DeviceType(26, "fs");

    private static final List<DeviceType> NAMED =
            List.of(
                    NETWORK,
                    BLOCK,
                    CONSOLE,
                    ENTROPY,
                    new DeviceType(5, "balloon"),
                    new DeviceType(8, "scsi"),
                    NINE_P,
                    new DeviceType(16, "gpu"),
                    new DeviceType(18, "input"),
                    new DeviceType(19, "vsock"),
                    new DeviceType(20, "crypto"),
                    new DeviceType(23, "iommu"),
                    new DeviceType(24, "mem"),
                    new DeviceType(25, "sound"),
                    FILE_SYSTEM,
                    new DeviceType(27, "pmem"));

    /** Refuses an id that no device can have. */
    public DeviceType {
        if (id < 1 || id > 0xfff) {
            throw new IllegalArgumentException(
                    "virtio device id " + id + " (expected: 1.." + 0xfff + ")");
        }
    }

    /**
     * {@return the type with that id; one that has no name here is called {@code device-ID}}
     *
     * @param id the virtio device id; 1 to 0xfff
     */
    public static DeviceType of(int id) {
        return NAMED.stream()
                .filter(type -> type.id == id)
                .findFirst()
                .orElseGet(() -> new DeviceType(id, "device-" + id));
    }

    /**
     * {@return the type with that name; empty when none is called so}
     *
     * @param name as in {@code net}
     */
    public static Optional<DeviceType> named(String name) {
        return NAMED.stream().filter(type -> type.name.equals(name)).findFirst();
    }

    @Override
    public String toString() {
        return name;
    }
}
