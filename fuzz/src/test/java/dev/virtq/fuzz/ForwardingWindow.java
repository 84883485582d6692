package dev.virtq.fuzz;

import dev.virtq.transport.RegisterWindow;

/** A way to registers, for faults that are planted on it. */
public abstract class ForwardingWindow implements RegisterWindow {
    private final RegisterWindow window;

    /** Leads to these registers. */
    protected ForwardingWindow(RegisterWindow window) {
        this.window = window;
    }

    @Override
    public long size() {
        return window.size();
    }

    @Override
    public byte readByte(long offset) {
        return window.readByte(offset);
    }

    @Override
    public short readShort(long offset) {
        return window.readShort(offset);
    }

    @Override
    public int readInt(long offset) {
        return window.readInt(offset);
    }

    @Override
    public void writeByte(long offset, byte value) {
        window.writeByte(offset, value);
    }

    @Override
    public void writeShort(long offset, short value) {
        window.writeShort(offset, value);
    }

    @Override
    public void writeInt(long offset, int value) {
        window.writeInt(offset, value);
    }
}
