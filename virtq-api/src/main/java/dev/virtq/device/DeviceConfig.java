package dev.virtq.device;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;

/**
 * The device-specific configuration space, read consistently (virtio 1.4, section 2.5).
 *
 * <p>What one call returns belongs to one generation: fields wider than 32 bits and {@link
 * #consistently several fields} are read again when the generation changed meanwhile. A device that
 * changes its configuration faster than it can be read is a {@link DeviceFaultException} and not an
 * endless loop.
 */
public final class DeviceConfig {
    /** A device that changes its fields this often between two reads is not going to stop. */
    private static final int ATTEMPTS = 64;

    private final ConfigSpace space;
    private final Runnable beforeWrite;

    /**
     * Makes the view.
     *
     * @param space the bytes
     * @param beforeWrite throws when this is not the time to write
     */
    DeviceConfig(ConfigSpace space, Runnable beforeWrite) {
        this.space = space;
        this.beforeWrite = beforeWrite;
    }

    /** {@return how many bytes the space has} */
    public int length() {
        return space.length();
    }

    /** {@return the generation; it changes when the device has changed a field} */
    public int generation() {
        return space.generation();
    }

    /**
     * {@return the 8-bit field at the offset, 0 to 255}
     *
     * @param offset in bytes
     */
    public int u8(int offset) {
        check(offset, 1);
        return space.readByte(offset) & 0xff;
    }

    /**
     * {@return the 16-bit field at the offset, 0 to 65535}
     *
     * @param offset in bytes; a multiple of 2
     */
    public int u16(int offset) {
        check(offset, 2);
        return space.readShort(offset) & 0xffff;
    }

    /**
     * {@return the 32-bit field at the offset, 0 to 2^32-1}
     *
     * @param offset in bytes; a multiple of 4
     */
    public long u32(int offset) {
        check(offset, 4);
        return space.readInt(offset) & 0xffff_ffffL;
    }

    /**
     * {@return the 64-bit field at the offset, read in halves of one generation}
     *
     * @param offset in bytes; a multiple of 4
     */
    public long u64(int offset) {
        return consistently(() -> u32(offset) | u32(offset + 4) << 32);
    }

    /**
     * Writes an 8-bit field that the device lets the driver write.
     *
     * @param offset in bytes
     * @param value 0 to 255
     * @throws IllegalStateException when this is not the time: before FEATURES_OK (virtio 1.4,
     *     3.1.1), or while the device is suspended (3.4.1)
     */
    public void writeU8(int offset, int value) {
        checkWrite(offset, 1, value);
        space.writeByte(offset, (byte) value);
    }

    /**
     * Writes a 16-bit field that the device lets the driver write.
     *
     * @param offset in bytes; a multiple of 2
     * @param value 0 to 65535
     * @throws IllegalStateException when this is not the time; see {@link #writeU8}
     */
    public void writeU16(int offset, int value) {
        checkWrite(offset, 2, value);
        space.writeShort(offset, (short) value);
    }

    /**
     * Writes a 32-bit field that the device lets the driver write.
     *
     * @param offset in bytes; a multiple of 4
     * @param value 0 to 2^32-1
     * @throws IllegalStateException when this is not the time; see {@link #writeU8}
     */
    public void writeU32(int offset, long value) {
        checkWrite(offset, 4, value);
        space.writeInt(offset, (int) value);
    }

    /**
     * Copies bytes of one generation.
     *
     * @param offset in bytes
     * @param length how many bytes
     * @return a copy, little-endian as the device has it
     */
    public MemorySegment bytes(int offset, int length) {
        if (length < 0) {
            throw new IllegalArgumentException("length " + length + " (expected: 0 or more)");
        }
        return consistently(() -> {
            MemorySegment copy = MemorySegment.ofArray(new byte[length]);
            for (int i = 0; i < length; i++) {
                copy.set(ValueLayout.JAVA_BYTE, i, (byte) u8(offset + i));
            }
            return copy.asReadOnly();
        });
    }

    /**
     * Reads several fields of one generation.
     *
     * @param <T> what the fields make together
     * @param fields reads the fields; called again when the device changed them meanwhile
     * @return what the last call returned
     * @throws DeviceFaultException when the configuration does not hold still
     */
    public <T> T consistently(Supplier<T> fields) {
        int before = space.generation();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            T value = fields.get();
            int after = space.generation();
            if (after == before) {
                return value;
            }
            before = after;
        }
        throw new DeviceFaultException(
                "the configuration changed during each of " + ATTEMPTS + " reads",
                "2.5",
                "generation " + before);
    }

    private void checkWrite(int offset, int width, long value) {
        check(offset, width);
        if (value < 0 || value >= 1L << (8 * width)) {
            throw new IllegalArgumentException(
                    "value %d for a config field of %d bytes (expected: 0..%d)"
                            .formatted(value, width, (1L << (8 * width)) - 1));
        }
        beforeWrite.run();
    }

    private void check(int offset, int width) {
        if (offset < 0 || offset % width != 0 || offset > space.length() - width) {
            throw new IllegalArgumentException(
                    "config field of %d bytes at offset %d (expected: aligned, within %d bytes)"
                            .formatted(width, offset, space.length()));
        }
    }
}
