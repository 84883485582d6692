package dev.virtq.transport;

/** A part of a window. Accesses outside are refused, although the window may go on. */
final class RegisterSlice implements RegisterWindow {
    private final RegisterWindow whole;
    private final long start;
    private final long size;

    RegisterSlice(RegisterWindow whole, long start, long size) {
        this.whole = whole;
        this.start = start;
        this.size = size;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public byte readByte(long offset) {
        return whole.readByte(at(offset, 1));
    }

    @Override
    public short readShort(long offset) {
        return whole.readShort(at(offset, 2));
    }

    @Override
    public int readInt(long offset) {
        return whole.readInt(at(offset, 4));
    }

    @Override
    public void writeByte(long offset, byte value) {
        whole.writeByte(at(offset, 1), value);
    }

    @Override
    public void writeShort(long offset, short value) {
        whole.writeShort(at(offset, 2), value);
    }

    @Override
    public void writeInt(long offset, int value) {
        whole.writeInt(at(offset, 4), value);
    }

    @Override
    public void postShort(long offset, short value) {
        whole.postShort(at(offset, 2), value);
    }

    @Override
    public void postInt(long offset, int value) {
        whole.postInt(at(offset, 4), value);
    }

    private long at(long offset, int width) {
        long position = start + offset;
        if (offset < 0 || offset > size - width) {
            throw new IndexOutOfBoundsException(
                    "%d bytes at offset 0x%x (expected: within 0x%x bytes)"
                            .formatted(width, offset, size));
        }
        if (position % width != 0) {
            throw new IllegalArgumentException(
                    "%d bytes at offset 0x%x (expected: aligned)".formatted(width, position));
        }
        return position;
    }
}
