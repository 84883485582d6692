package dev.virtq.transport.pci.layout;

import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciCapability;
import dev.virtq.transport.pci.PciCapability.Malformed;
import dev.virtq.transport.pci.PciCapability.Msix;
import dev.virtq.transport.pci.PciCapability.Other;
import dev.virtq.transport.pci.PciCapability.VendorData;
import dev.virtq.transport.pci.PciCapability.VirtioStructure;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Reads single capabilities: struct virtio_pci_cap and its longer forms (virtio 1.4, section
 * 4.1.4), and MSI-X. Each field is read once.
 */
final class CapabilityDecoder {
    private static final int ID_VENDOR = 0x09;
    private static final int ID_MSIX = 0x11;

    // struct virtio_pci_cap
    private static final int CAP_LEN = 2;
    private static final int CFG_TYPE = 3;
    private static final int BAR = 4;
    private static final int ID = 5;
    private static final int OFFSET = 8;
    private static final int LENGTH = 12;
    private static final int SIZE = 16;
    private static final int NOTIFY_OFF_MULTIPLIER = 16; // struct virtio_pci_notify_cap
    private static final int NOTIFY_SIZE = 20;
    private static final int OFFSET_HI = 16; // struct virtio_pci_cap64
    private static final int LENGTH_HI = 20;
    private static final int SIZE_64 = 24;
    private static final int VENDOR_ID = 4; // struct virtio_pci_vndr_data
    private static final int VENDOR_DATA = 6;
    private static final int VIRTIO_VENDOR = 0x1af4;

    private static final Map<Integer, String> NAMES =
            Map.ofEntries(
                    Map.entry(0x01, "power management"),
                    Map.entry(0x05, "MSI"),
                    Map.entry(ID_VENDOR, "vendor-specific"),
                    Map.entry(0x0d, "bridge subsystem ids"),
                    Map.entry(0x10, "PCI Express"),
                    Map.entry(ID_MSIX, "MSI-X"),
                    Map.entry(0x12, "SATA configuration"),
                    Map.entry(0x13, "advanced features"));

    private final RegisterWindow config;
    private final boolean virtio;

    CapabilityDecoder(RegisterWindow config, boolean virtio) {
        this.config = config;
        this.virtio = virtio;
    }

    PciCapability decode(int position, int id) {
        if (id == ID_MSIX) {
            return msix(position);
        }
        if (id == ID_VENDOR && virtio) {
            return vendor(position);
        }
        String name = NAMES.getOrDefault(id, "capability 0x%02x".formatted(id));
        return new Other(position, id, name);
    }

    private PciCapability vendor(int position) {
        if (!fits(position, CFG_TYPE + 1)) {
            return outside(position, ID_VENDOR, "virtio structure", 0, CFG_TYPE + 1);
        }
        int length = u8(position + CAP_LEN);
        int type = u8(position + CFG_TYPE);
        String name = StructureType.name(type);
        if (type == StructureType.VENDOR) {
            return vendorData(position, length, name);
        }
        if (!StructureType.hasLocation(type)) {
            return new Other(position, ID_VENDOR, name);
        }
        int needed =
                switch (type) {
                    case StructureType.NOTIFICATIONS -> NOTIFY_SIZE;
                    case StructureType.SHARED_MEMORY -> SIZE_64;
                    case StructureType.PCI_ACCESS -> ConfigAccess.CAPABILITY_SIZE;
                    default -> SIZE;
                };
        if (length < needed) {
            String problem = "cap_len %d (expected: %d or more)".formatted(length, needed);
            return new Malformed(position, ID_VENDOR, name, type, problem);
        }
        if (!fits(position, needed)) {
            return outside(position, ID_VENDOR, name, type, needed);
        }
        return structure(position, type, name);
    }

    private PciCapability vendorData(int position, int length, String name) {
        if (length < VENDOR_DATA || length % 4 != 0) { // 4.1.4.8.1#2
            String problem =
                    "cap_len %d (expected: a multiple of 4, and %d or more)"
                            .formatted(length, VENDOR_DATA);
            return new Malformed(position, ID_VENDOR, name, StructureType.VENDOR, problem);
        }
        if (!fits(position, length)) {
            return outside(position, ID_VENDOR, name, StructureType.VENDOR, length);
        }
        int vendorId = config.readShort(position + VENDOR_ID) & 0xffff;
        if (vendorId == VIRTIO_VENDOR) { // 4.1.4.8.1#1
            String problem = "vendor_id 1af4 (expected: that of the device's maker)";
            return new Malformed(position, ID_VENDOR, name, StructureType.VENDOR, problem);
        }
        byte[] data = new byte[length - VENDOR_DATA];
        for (int i = 0; i < data.length; i++) {
            data[i] = config.readByte(position + VENDOR_DATA + i);
        }
        return new VendorData(position, ID_VENDOR, name, vendorId, HexFormat.of().formatHex(data));
    }

    private VirtioStructure structure(int position, int type, String name) {
        int bar = u8(position + BAR);
        int id = u8(position + ID);
        long offset = u32(position + OFFSET);
        long length = u32(position + LENGTH);
        Long multiplier = null;
        if (type == StructureType.NOTIFICATIONS) {
            multiplier = u32(position + NOTIFY_OFF_MULTIPLIER);
        } else if (type == StructureType.SHARED_MEMORY) {
            offset |= u32(position + OFFSET_HI) << 32;
            length |= u32(position + LENGTH_HI) << 32;
        }
        return new VirtioStructure(
                position, ID_VENDOR, name, type, bar, id, offset, length, multiplier);
    }

    private PciCapability msix(int position) {
        if (!fits(position, MsixTable.CAPABILITY_SIZE)) {
            return outside(position, ID_MSIX, "MSI-X", 0, MsixTable.CAPABILITY_SIZE);
        }
        int control = config.readShort(position + MsixTable.CONTROL) & 0xffff;
        int table = config.readInt(position + MsixTable.TABLE);
        int pending = config.readInt(position + MsixTable.PENDING);
        return new Msix(
                position,
                ID_MSIX,
                "MSI-X",
                (control & MsixTable.CONTROL_SIZE) + 1,
                (control & MsixTable.CONTROL_ENABLE) != 0,
                (control & MsixTable.CONTROL_MASK_ALL) != 0,
                table & MsixTable.BAR_BITS,
                table & ~MsixTable.BAR_BITS & 0xffff_ffffL,
                pending & MsixTable.BAR_BITS,
                pending & ~MsixTable.BAR_BITS & 0xffff_ffffL,
                List.of());
    }

    /** The list lives in the first 256 bytes, whatever the size of the space. */
    private static boolean fits(int position, int size) {
        return position + size <= 0x100;
    }

    private static Malformed outside(int position, int id, String name, int type, int size) {
        String problem = "its %d bytes at 0x%02x run beyond 0xff".formatted(size, position);
        return new Malformed(position, id, name, type, problem);
    }

    private int u8(int offset) {
        return config.readByte(offset) & 0xff;
    }

    private long u32(int offset) {
        return config.readInt(offset) & 0xffff_ffffL;
    }
}
