package dev.virtq.transport.pci.layout;

import dev.virtq.transport.pci.RegisterWindow;

/**
 * A structure within a BAR. Accesses outside the structure are refused, although the BAR may go on.
 */
public final class StructureWindow implements RegisterWindow {
    private final RegisterWindow bar;
    private final long start;
    private final long size;

    StructureWindow(RegisterWindow bar, long start, long size) {
        this.bar = bar;
        this.start = start;
        this.size = size;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public byte readByte(long offset) {
        return bar.readByte(at(offset, 1));
    }

    @Override
    public short readShort(long offset) {
        return bar.readShort(at(offset, 2));
    }

    @Override
    public int readInt(long offset) {
        return bar.readInt(at(offset, 4));
    }

    @Override
    public void writeByte(long offset, byte value) {
        bar.writeByte(at(offset, 1), value);
    }

    @Override
    public void writeShort(long offset, short value) {
        bar.writeShort(at(offset, 2), value);
    }

    @Override
    public void writeInt(long offset, int value) {
        bar.writeInt(at(offset, 4), value);
    }

    @Override
    public void postShort(long offset, short value) {
        bar.postShort(at(offset, 2), value);
    }

    @Override
    public void postInt(long offset, int value) {
        bar.postInt(at(offset, 4), value);
    }

    private long at(long offset, int width) {
        long position = start + offset;
        if (offset < 0 || offset > size - width) {
            throw new IndexOutOfBoundsException(
                    "%d bytes at offset 0x%x (expected: within a structure of 0x%x bytes)"
                            .formatted(width, offset, size));
        }
        if (position % width != 0) {
            throw new IllegalArgumentException(
                    "%d bytes at offset 0x%x (expected: aligned)".formatted(width, position));
        }
        return position;
    }
}
