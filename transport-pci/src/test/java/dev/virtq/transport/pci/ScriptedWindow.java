package dev.virtq.transport.pci;

import dev.virtq.transport.RegisterWindow;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Registers of a scripted function. It is strict where hardware is not: an access outside, one that
 * is not aligned, and one of a width that the register does not have are failures of the test.
 */
abstract class ScriptedWindow implements RegisterWindow {
    private final long size;

    /** What was accessed, in its order, as in {@code r2 0x18}: direction, width, offset. */
    final List<String> accesses = Collections.synchronizedList(new ArrayList<>());

    ScriptedWindow(long size) {
        this.size = size;
    }

    /** Reads a register; width in bytes. */
    abstract int read(int offset, int width);

    /** Writes a register; width in bytes. */
    abstract void write(int offset, int width, int value, boolean posted);

    @Override
    public long size() {
        return size;
    }

    @Override
    public byte readByte(long offset) {
        return (byte) read(checked("r", offset, 1), 1);
    }

    @Override
    public short readShort(long offset) {
        return (short) read(checked("r", offset, 2), 2);
    }

    @Override
    public int readInt(long offset) {
        return read(checked("r", offset, 4), 4);
    }

    @Override
    public void writeByte(long offset, byte value) {
        write(checked("w", offset, 1), 1, value & 0xff, false);
    }

    @Override
    public void writeShort(long offset, short value) {
        write(checked("w", offset, 2), 2, value & 0xffff, false);
    }

    @Override
    public void writeInt(long offset, int value) {
        write(checked("w", offset, 4), 4, value, false);
    }

    @Override
    public void postShort(long offset, short value) {
        write(checked("w", offset, 2), 2, value & 0xffff, true);
    }

    @Override
    public void postInt(long offset, int value) {
        write(checked("w", offset, 4), 4, value, true);
    }

    private int checked(String direction, long offset, int width) {
        if (offset < 0 || offset > size - width || offset % width != 0) {
            throw new AssertionError(
                    "%d bytes at offset 0x%x of 0x%x".formatted(width, offset, size));
        }
        accesses.add("%s%d 0x%x".formatted(direction, width, offset));
        return (int) offset;
    }
}
