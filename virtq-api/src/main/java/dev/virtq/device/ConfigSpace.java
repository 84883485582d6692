package dev.virtq.device;

/**
 * The device-specific configuration space as a transport reaches it: one access, one width, no
 * retries (virtio 1.4, section 2.5). Values are little-endian. Drivers use {@link DeviceConfig},
 * which reads consistently.
 */
public interface ConfigSpace {
    /** {@return how many bytes can be accessed; 0 when the device has no configuration space} */
    int length();

    /** {@return the generation; it changes when the device has changed a field} */
    int generation();

    /**
     * {@return the byte at the offset}
     *
     * @param offset in bytes from the start of the space
     */
    byte readByte(int offset);

    /**
     * {@return the 16-bit field at the offset}
     *
     * @param offset in bytes from the start of the space; a multiple of 2
     */
    short readShort(int offset);

    /**
     * {@return the 32-bit field at the offset}
     *
     * @param offset in bytes from the start of the space; a multiple of 4
     */
    int readInt(int offset);

    /**
     * Writes a byte.
     *
     * @param offset in bytes from the start of the space
     * @param value the value
     */
    void writeByte(int offset, byte value);

    /**
     * Writes a 16-bit field.
     *
     * @param offset in bytes from the start of the space; a multiple of 2
     * @param value the value
     */
    void writeShort(int offset, short value);

    /**
     * Writes a 32-bit field.
     *
     * @param offset in bytes from the start of the space; a multiple of 4
     * @param value the value
     */
    void writeInt(int offset, int value);
}
