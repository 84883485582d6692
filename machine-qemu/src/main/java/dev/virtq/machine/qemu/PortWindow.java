package dev.virtq.machine.qemu;

import dev.virtq.transport.RegisterWindow;

/** Registers at x86 ports, each access one qtest command. */
final class PortWindow implements RegisterWindow {
    private final QtestPorts ports;
    private final int base;
    private final int size;

    PortWindow(QtestPorts ports, int base, int size) {
        this.ports = ports;
        this.base = base;
        this.size = size;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public byte readByte(long offset) {
        return (byte) ports.in(at(offset, 1), 1);
    }

    @Override
    public short readShort(long offset) {
        return (short) ports.in(at(offset, 2), 2);
    }

    @Override
    public int readInt(long offset) {
        return ports.in(at(offset, 4), 4);
    }

    @Override
    public void writeByte(long offset, byte value) {
        ports.out(at(offset, 1), 1, value & 0xff);
    }

    @Override
    public void writeShort(long offset, short value) {
        ports.out(at(offset, 2), 2, value & 0xffff);
    }

    @Override
    public void writeInt(long offset, int value) {
        ports.out(at(offset, 4), 4, value);
    }

    @Override
    public void postShort(long offset, short value) {
        ports.post(at(offset, 2), 2, value & 0xffff);
    }

    @Override
    public void postInt(long offset, int value) {
        ports.post(at(offset, 4), 4, value);
    }

    private int at(long offset, int width) {
        return base + (int) RegisterOffset.checked(offset, width, size);
    }
}
