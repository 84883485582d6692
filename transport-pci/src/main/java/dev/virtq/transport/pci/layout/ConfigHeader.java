package dev.virtq.transport.pci.layout;

import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciIds;

/**
 * The header that every function's configuration space starts with (PCI Local Bus 3.0, section
 * 6.1).
 */
public final class ConfigHeader {
    private static final int VENDOR_ID = 0x00;
    private static final int DEVICE_ID = 0x02;
    private static final int COMMAND = 0x04;
    private static final int STATUS = 0x06;
    private static final int REVISION_ID = 0x08;
    private static final int CLASS_CODE = 0x09; // three bytes
    private static final int SUBSYSTEM_VENDOR_ID = 0x2c;
    private static final int SUBSYSTEM_ID = 0x2e;
    private static final int CAPABILITIES_POINTER = 0x34;

    private static final int COMMAND_IO = 0x0001;
    private static final int COMMAND_MEMORY = 0x0002;
    private static final int COMMAND_BUS_MASTER = 0x0004;
    private static final int COMMAND_PIN_DISABLE = 0x0400;
    private static final int STATUS_CAPABILITIES = 0x0010;

    /** What a read gives when no function answers it. */
    private static final int NOBODY = 0xffff;

    private final RegisterWindow config;

    /**
     * Looks at a configuration space.
     *
     * @param config the configuration space of a function
     */
    public ConfigHeader(RegisterWindow config) {
        this.config = config;
    }

    /** {@return whether a function answers} */
    public boolean isPresent() {
        return u16(VENDOR_ID) != NOBODY;
    }

    /** {@return what the function says it is} */
    public PciIds ids() {
        int classCode = u8(CLASS_CODE) | u8(CLASS_CODE + 1) << 8 | u8(CLASS_CODE + 2) << 16;
        return new PciIds(
                u16(VENDOR_ID),
                u16(DEVICE_ID),
                u8(REVISION_ID),
                classCode,
                u16(SUBSYSTEM_VENDOR_ID),
                u16(SUBSYSTEM_ID));
    }

    /** {@return where the capability list starts; 0 when there is none} */
    int firstCapability() {
        return (u16(STATUS) & STATUS_CAPABILITIES) == 0 ? 0 : u8(CAPABILITIES_POINTER);
    }

    /** {@return whether the function answers accesses to its memory BARs} */
    public boolean decodesMemory() {
        return (u16(COMMAND) & COMMAND_MEMORY) != 0;
    }

    /**
     * Lets the function answer accesses to its BARs and reach memory. Its interrupt pin is kept
     * silent until somebody {@linkplain #enablePin listens} to it.
     *
     * @param ports whether a BAR in I/O space is used
     */
    public void enable(boolean ports) {
        int command = u16(COMMAND);
        int wanted =
                command
                        | COMMAND_MEMORY
                        | COMMAND_BUS_MASTER
                        | COMMAND_PIN_DISABLE
                        | (ports ? COMMAND_IO : 0);
        if (wanted != command) {
            config.writeShort(COMMAND, (short) wanted);
        }
    }

    /**
     * Lets the function use its interrupt pin, or not.
     *
     * @param enabled whether it may
     */
    public void enablePin(boolean enabled) {
        int command = u16(COMMAND);
        int wanted = enabled ? command & ~COMMAND_PIN_DISABLE : command | COMMAND_PIN_DISABLE;
        if (wanted != command) {
            config.writeShort(COMMAND, (short) wanted);
        }
    }

    private int u8(int offset) {
        return config.readByte(offset) & 0xff;
    }

    private int u16(int offset) {
        return config.readShort(offset) & 0xffff;
    }
}
