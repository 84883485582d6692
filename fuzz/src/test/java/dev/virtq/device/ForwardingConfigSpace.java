package dev.virtq.device;

/** A configuration space that is another one. */
class ForwardingConfigSpace implements ConfigSpace {
    private final ConfigSpace space;

    ForwardingConfigSpace(ConfigSpace space) {
        this.space = space;
    }

    @Override
    public int length() {
        return space.length();
    }

    @Override
    public int generation() {
        return space.generation();
    }

    @Override
    public byte readByte(int offset) {
        return space.readByte(offset);
    }

    @Override
    public short readShort(int offset) {
        return space.readShort(offset);
    }

    @Override
    public int readInt(int offset) {
        return space.readInt(offset);
    }

    @Override
    public void writeByte(int offset, byte value) {
        space.writeByte(offset, value);
    }

    @Override
    public void writeShort(int offset, short value) {
        space.writeShort(offset, value);
    }

    @Override
    public void writeInt(int offset, int value) {
        space.writeInt(offset, value);
    }
}
