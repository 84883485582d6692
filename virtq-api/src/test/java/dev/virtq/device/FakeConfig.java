package dev.virtq.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A configuration space that a device changes while it is read. */
final class FakeConfig implements ConfigSpace {
    private final ByteBuffer bytes;
    int generation;

    /** How many reads of fields the device lets pass before it changes; -1 for ever. */
    int readsUntilChange = -1;

    /** What the device changes. */
    Runnable change = () -> {};

    FakeConfig(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void read() {
        if (readsUntilChange > 0 && --readsUntilChange == 0) {
            generation++;
            change.run();
        }
    }

    @Override
    public int length() {
        return bytes.capacity();
    }

    @Override
    public int generation() {
        return generation;
    }

    @Override
    public byte readByte(int offset) {
        byte value = bytes.get(offset);
        read();
        return value;
    }

    @Override
    public short readShort(int offset) {
        short value = bytes.getShort(offset);
        read();
        return value;
    }

    @Override
    public int readInt(int offset) {
        int value = bytes.getInt(offset);
        read();
        return value;
    }

    @Override
    public void writeByte(int offset, byte value) {
        bytes.put(offset, value);
    }

    @Override
    public void writeShort(int offset, short value) {
        bytes.putShort(offset, value);
    }

    @Override
    public void writeInt(int offset, int value) {
        bytes.putInt(offset, value);
    }
}
