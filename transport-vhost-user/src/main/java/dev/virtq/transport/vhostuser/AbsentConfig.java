package dev.virtq.transport.vhostuser;

import dev.virtq.device.ConfigSpace;

/** The configuration space of a back end that has none. */
final class AbsentConfig implements ConfigSpace {
    @Override
    public int length() {
        return 0;
    }

    @Override
    public int generation() {
        return 0;
    }

    @Override
    public byte readByte(int offset) {
        throw absent();
    }

    @Override
    public short readShort(int offset) {
        throw absent();
    }

    @Override
    public int readInt(int offset) {
        throw absent();
    }

    @Override
    public void writeByte(int offset, byte value) {
        throw absent();
    }

    @Override
    public void writeShort(int offset, short value) {
        throw absent();
    }

    @Override
    public void writeInt(int offset, int value) {
        throw absent();
    }

    private static IndexOutOfBoundsException absent() {
        return new IndexOutOfBoundsException("the back end has no configuration space");
    }
}
