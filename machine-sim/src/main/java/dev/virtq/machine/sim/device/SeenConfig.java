package dev.virtq.machine.sim.device;

import dev.virtq.device.ConfigSpace;

/**
 * A configuration space as the driver reads it.
 *
 * @param honest what is there
 * @param conduct what the device makes of it
 */
record SeenConfig(ConfigSpace honest, Conduct conduct) implements ConfigSpace {
    @Override
    public int length() {
        return honest.length();
    }

    @Override
    public int generation() {
        return conduct.generation(honest.generation());
    }

    @Override
    public byte readByte(int offset) {
        return (byte) conduct.configRead(honest.readByte(offset));
    }

    @Override
    public short readShort(int offset) {
        return (short) conduct.configRead(honest.readShort(offset));
    }

    @Override
    public int readInt(int offset) {
        return conduct.configRead(honest.readInt(offset));
    }

    @Override
    public void writeByte(int offset, byte value) {
        honest.writeByte(offset, value);
    }

    @Override
    public void writeShort(int offset, short value) {
        honest.writeShort(offset, value);
    }

    @Override
    public void writeInt(int offset, int value) {
        honest.writeInt(offset, value);
    }
}
