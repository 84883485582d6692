package dev.virtq.transport.pci.layout;

import dev.virtq.device.RegisterGroup;
import dev.virtq.device.RegisterReading;
import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciIds;
import java.util.ArrayList;
import java.util.List;

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
    private static final int STATUS_INTERRUPT = 0x0008;
    private static final int STATUS_CAPABILITIES = 0x0010;

    /** Which leaves it to the PCI specification. */
    private static final String SECTION = "4.1.1";

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

    /** {@return whether the pin would be up if it may: shown without clearing anything} */
    public boolean isPinPending() {
        return (u16(STATUS) & STATUS_INTERRUPT) != 0;
    }

    /** {@return whether the pin is kept silent} */
    public boolean isPinDisabled() {
        return (u16(COMMAND) & COMMAND_PIN_DISABLE) != 0;
    }

    /** {@return its command and status registers, for people to look at} */
    public RegisterGroup registers() {
        int command = u16(COMMAND);
        List<String> does = new ArrayList<>();
        does.add((command & COMMAND_MEMORY) != 0 ? "answers in memory" : "silent in memory");
        if ((command & COMMAND_IO) != 0) {
            does.add("answers at ports");
        }
        does.add((command & COMMAND_BUS_MASTER) != 0 ? "bus master" : "no bus master");
        if ((command & COMMAND_PIN_DISABLE) != 0) {
            does.add("pin silent");
        }
        int status = u16(STATUS);
        return new RegisterGroup(
                "configuration header",
                List.of(
                        new RegisterReading(
                                "command",
                                COMMAND,
                                2,
                                (long) command,
                                String.join(", ", does),
                                SECTION),
                        new RegisterReading(
                                "status",
                                STATUS,
                                2,
                                (long) status,
                                (status & STATUS_INTERRUPT) != 0
                                        ? "an interrupt of the pin is pending"
                                        : "no interrupt of the pin is pending",
                                SECTION)));
    }

    private int u8(int offset) {
        return config.readByte(offset) & 0xff;
    }

    private int u16(int offset) {
        return config.readShort(offset) & 0xffff;
    }
}
