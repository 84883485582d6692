package dev.virtq.machine.qemu;

import dev.virtq.transport.RegisterWindow;
import java.util.Optional;

/**
 * The capability that functions of PCI Express have (PCI Express Base 3.0, section 7.8).
 *
 * @param config the function's configuration space
 * @param position where in it the capability is
 */
record ExpressCapability(RegisterWindow config, int position) {
    private static final int STATUS = 0x06;
    private static final int STATUS_CAPABILITIES = 0x10;
    private static final int POINTER = 0x34;
    private static final int POINTER_BITS = 0xfc;
    private static final int FIRST_POSITION = 0x40;
    private static final int MOST_CAPABILITIES = (256 - FIRST_POSITION) / 4;
    private static final int ID = 0x10;

    private static final int FLAGS = 0x02;
    private static final int TYPE_ROOT_PORT = 4;
    private static final int TYPE_DOWNSTREAM_PORT = 6;
    private static final int SLOT_IMPLEMENTED = 0x100;

    /** Looks for it; a list that is broken has none from there on. */
    static Optional<ExpressCapability> of(RegisterWindow config) {
        if ((config.readShort(STATUS) & STATUS_CAPABILITIES) == 0) {
            return Optional.empty();
        }
        int position = config.readByte(POINTER) & POINTER_BITS;
        for (int seen = 0; position >= FIRST_POSITION && seen < MOST_CAPABILITIES; seen++) {
            if ((config.readByte(position) & 0xff) == ID) {
                return Optional.of(new ExpressCapability(config, position));
            }
            position = config.readByte(position + 1) & POINTER_BITS;
        }
        return Optional.empty();
    }

    /**
     * {@return whether it is a port with a link downwards, so that a single device is behind it}
     */
    boolean isDownwardPort() {
        int type = flags() >>> 4 & 0xf;
        return type == TYPE_ROOT_PORT || type == TYPE_DOWNSTREAM_PORT;
    }

    /** {@return whether the link leads to a slot, and the registers of a slot are there} */
    boolean hasSlot() {
        return isDownwardPort() && (flags() & SLOT_IMPLEMENTED) != 0;
    }

    int readInt(int register) {
        return config.readInt(position + register);
    }

    int readShort(int register) {
        return config.readShort(position + register) & 0xffff;
    }

    void writeShort(int register, int value) {
        config.writeShort(position + register, (short) value);
    }

    private int flags() {
        return readShort(FLAGS);
    }
}
