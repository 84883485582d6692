package dev.virtq.transport.mmio;

import dev.virtq.device.DeviceType;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.mmio.layout.MmioRegisters;

/**
 * What answers at a place of the memory map (virtio 1.4, section 4.2.3.1.1): found out by reading
 * MagicValue, Version and DeviceID, in this order, and nothing else.
 */
public sealed interface MmioOccupant {
    /** {@return what it is, in a few words} */
    String description();

    /**
     * No virtio device: nothing is there, or something else.
     *
     * @param magic what MagicValue reads
     */
    record Stranger(int magic) implements MmioOccupant {
        @Override
        public String description() {
            return "no virtio device: MagicValue reads 0x%08x (expected: 0x%08x)"
                    .formatted(magic, MAGIC);
        }
    }

    /**
     * A virtio device with registers of another version.
     *
     * @param version what Version reads
     */
    record OtherVersion(int version) implements MmioOccupant {
        @Override
        public String description() {
            return version == LEGACY
                    ? "a virtio device with the legacy registers (version 1; expected: 2, which QEMU has with -global virtio-mmio.force-legacy=false)"
                    : "a virtio device with registers of version %s (expected: %d)"
                            .formatted(Integer.toUnsignedString(version), MODERN);
        }
    }

    /**
     * A virtio device of no type that there can be.
     *
     * @param id what DeviceID reads
     */
    record OtherKind(int id) implements MmioOccupant {
        @Override
        public String description() {
            return "a virtio device whose DeviceID reads 0x%x (expected: 1..0x%x)"
                    .formatted(id, HIGHEST_ID);
        }
    }

    /** A place that is kept for a device, and has none. */
    record Placeholder() implements MmioOccupant {
        @Override
        public String description() {
            return "a place without a device";
        }
    }

    /**
     * A virtio device.
     *
     * @param type what kind
     */
    record Present(DeviceType type) implements MmioOccupant {
        @Override
        public String description() {
            return type.toString();
        }
    }

    /** "virt", little-endian. */
    int MAGIC = 0x74726976;

    /** The registers of the standard. */
    int MODERN = 2;

    /** The registers from before it. */
    int LEGACY = 1;

    /** The highest DeviceID that a type can have. */
    int HIGHEST_ID = 0xfff;

    /**
     * {@return what answers}
     *
     * @param window the registers
     */
    static MmioOccupant of(RegisterWindow window) {
        MmioRegisters registers = new MmioRegisters(window);
        int magic = registers.readMagic();
        if (magic != MAGIC) { // 4.2.2.2#4
            return new Stranger(magic);
        }
        int version = registers.readVersion();
        if (version != MODERN && version != LEGACY) { // 4.2.2.2#5
            return new OtherVersion(version);
        }
        int id = registers.readDeviceId(); // which is where it was before the standard, too
        if (id == 0) {
            return new Placeholder(); // 4.2.2.2#6
        }
        if (version != MODERN) {
            return new OtherVersion(version);
        }
        return id > 0 && id <= HIGHEST_ID ? new Present(DeviceType.of(id)) : new OtherKind(id);
    }
}
