package dev.virtq.transport.pci;

import dev.virtq.fuzz.ForwardingWindow;
import dev.virtq.transport.RegisterWindow;

/**
 * A way to a configuration space on which two writes of four bytes to neighbouring registers, the
 * upper first, come the other way round: what a driver would do that asks for an access the wrong
 * way.
 */
final class OffsetFirst extends ForwardingWindow {
    private long heldOffset = -1;
    private int heldValue;

    OffsetFirst(RegisterWindow space) {
        super(space);
    }

    @Override
    public byte readByte(long offset) {
        letGo();
        return super.readByte(offset);
    }

    @Override
    public short readShort(long offset) {
        letGo();
        return super.readShort(offset);
    }

    @Override
    public int readInt(long offset) {
        letGo();
        return super.readInt(offset);
    }

    @Override
    public void writeByte(long offset, byte value) {
        letGo();
        super.writeByte(offset, value);
    }

    @Override
    public void writeShort(long offset, short value) {
        letGo();
        super.writeShort(offset, value);
    }

    @Override
    public void writeInt(long offset, int value) {
        if (offset == heldOffset - 4) {
            super.writeInt(offset, value);
            letGo();
        } else {
            letGo();
            heldOffset = offset;
            heldValue = value;
        }
    }

    private void letGo() {
        long held = heldOffset;
        heldOffset = -1;
        if (held != -1) {
            super.writeInt(held, heldValue);
        }
    }
}
