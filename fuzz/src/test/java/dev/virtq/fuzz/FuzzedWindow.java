package dev.virtq.fuzz;

import dev.virtq.transport.RegisterWindow;

/**
 * Registers with anything in them. It is strict with the driver: an access outside, or one that is
 * not aligned, breaks the test, and so does one that comes after far too many.
 */
public class FuzzedWindow implements RegisterWindow {
    private static final int MOST_ACCESSES = 20_000;

    private final long size;
    private final Input input;
    private int accesses;

    /** Has so many bytes, and reads as the input says. */
    public FuzzedWindow(long size, Input input) {
        this.size = size;
        this.input = input;
    }

    /** {@return what a register reads} */
    protected int read(long offset, int width) {
        return input.below(4) == 0 ? input.i32() : input.u8();
    }

    /** Takes what is written, or does not. */
    protected void write(long offset, int width, int value) {}

    @Override
    public final long size() {
        return size;
    }

    @Override
    public final byte readByte(long offset) {
        check(offset, 1);
        return (byte) read(offset, 1);
    }

    @Override
    public final short readShort(long offset) {
        check(offset, 2);
        return (short) read(offset, 2);
    }

    @Override
    public final int readInt(long offset) {
        check(offset, 4);
        return read(offset, 4);
    }

    @Override
    public final void writeByte(long offset, byte value) {
        check(offset, 1);
        write(offset, 1, value);
    }

    @Override
    public final void writeShort(long offset, short value) {
        check(offset, 2);
        write(offset, 2, value);
    }

    @Override
    public final void writeInt(long offset, int value) {
        check(offset, 4);
        write(offset, 4, value);
    }

    private void check(long offset, int width) {
        if (offset < 0 || offset > size - width || offset % width != 0) {
            throw new AssertionError(
                    "an access of %d bytes at 0x%x of 0x%x".formatted(width, offset, size));
        }
        if (++accesses > MOST_ACCESSES) {
            throw new AssertionError("the accesses do not end");
        }
    }
}
