package dev.virtq.machine.sim.device;

import dev.virtq.device.ConfigSpace;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/**
 * A configuration space that only the device writes (virtio 1.4, section 2.5). Little-endian; a
 * change is seen with the next generation, never in between. Threads: any.
 */
final class ConfigBytes implements ConfigSpace {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;
    private final String readOnlyBy;
    private volatile Runnable onDriverWrite = () -> {};
    private int generation;

    /**
     * Makes a space.
     *
     * @param length in bytes
     * @param readOnlyBy the section of virtio 1.4 that a driver's write breaks
     */
    ConfigBytes(int length, String readOnlyBy) {
        bytes = MemorySegment.ofArray(new byte[length]);
        this.readOnlyBy = readOnlyBy;
    }

    String readOnlyBy() {
        return readOnlyBy;
    }

    /** Says what happens when the driver writes, which changes nothing. */
    void onDriverWrite(Runnable reaction) {
        onDriverWrite = reaction;
    }

    /** Changes fields, and the generation with them (2.5.3). */
    synchronized void change(Consumer<MemorySegment> fields) {
        fields.accept(bytes);
        generation++;
    }

    @Override
    public int length() {
        return (int) bytes.byteSize();
    }

    @Override
    public synchronized int generation() {
        return generation;
    }

    @Override
    public synchronized byte readByte(int offset) {
        return bytes.get(ValueLayout.JAVA_BYTE, offset);
    }

    @Override
    public synchronized short readShort(int offset) {
        return bytes.get(SHORT, offset);
    }

    @Override
    public synchronized int readInt(int offset) {
        return bytes.get(INT, offset);
    }

    @Override
    public void writeByte(int offset, byte value) {
        onDriverWrite.run();
    }

    @Override
    public void writeShort(int offset, short value) {
        onDriverWrite.run();
    }

    @Override
    public void writeInt(int offset, int value) {
        onDriverWrite.run();
    }
}
