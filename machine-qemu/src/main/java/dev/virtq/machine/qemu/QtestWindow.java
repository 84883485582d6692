package dev.virtq.machine.qemu;

import dev.virtq.transport.RegisterWindow;

/** Registers in guest physical memory, each access one qtest command. */
final class QtestWindow implements RegisterWindow {
    private final QtestClient qtest;
    private final long base;
    private final long size;

    QtestWindow(QtestClient qtest, long base, long size) {
        this.qtest = qtest;
        this.base = base;
        this.size = size;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public byte readByte(long offset) {
        return (byte) qtest.readb(at(offset, 1));
    }

    @Override
    public short readShort(long offset) {
        return (short) qtest.readw(at(offset, 2));
    }

    @Override
    public int readInt(long offset) {
        return qtest.readl(at(offset, 4));
    }

    @Override
    public void writeByte(long offset, byte value) {
        qtest.writeb(at(offset, 1), value & 0xff);
    }

    @Override
    public void writeShort(long offset, short value) {
        qtest.writew(at(offset, 2), value & 0xffff);
    }

    @Override
    public void writeInt(long offset, int value) {
        qtest.writel(at(offset, 4), value);
    }

    @Override
    public void postShort(long offset, short value) {
        qtest.postw(at(offset, 2), value & 0xffff);
    }

    @Override
    public void postInt(long offset, int value) {
        qtest.postl(at(offset, 4), value);
    }

    private long at(long offset, int width) {
        return base + RegisterOffset.checked(offset, width, size);
    }
}
