package dev.virtq.transport;

import dev.virtq.device.DeviceLostException;
import java.util.Objects;

/**
 * Registers that are reached by an offset: the configuration space of a PCI function, what one of
 * its BARs decodes, the registers of a device over MMIO.
 *
 * <p>Values are little-endian on the wire and plain numbers here. Each call is one access of
 * exactly that width, since devices tell widths apart and reads have side effects; nothing is
 * cached, merged or repeated. Offsets are multiples of the width.
 *
 * <p>Threads: every method may be called from any thread; one access does not tear another. The
 * accesses of one thread reach the device in their order. What a thread stored to the device's
 * memory before an access is there when the device sees the access.
 *
 * <p>Every access throws {@link DeviceLostException} when the device is gone, and {@link
 * IndexOutOfBoundsException} or {@link IllegalArgumentException}, before anything reaches the
 * device, when the offset is outside the window or not aligned.
 */
public interface RegisterWindow {
    /** {@return how many bytes the window has} */
    long size();

    /**
     * {@return the byte at the offset}
     *
     * @param offset in bytes from the start of the window
     */
    byte readByte(long offset);

    /**
     * {@return the 16-bit register at the offset}
     *
     * @param offset in bytes from the start of the window; a multiple of 2
     */
    short readShort(long offset);

    /**
     * {@return the 32-bit register at the offset}
     *
     * @param offset in bytes from the start of the window; a multiple of 4
     */
    int readInt(long offset);

    /**
     * Writes a byte, and returns when the device has it.
     *
     * @param offset in bytes from the start of the window
     * @param value the value
     */
    void writeByte(long offset, byte value);

    /**
     * Writes a 16-bit register, and returns when the device has it.
     *
     * @param offset in bytes from the start of the window; a multiple of 2
     * @param value the value
     */
    void writeShort(long offset, short value);

    /**
     * Writes a 32-bit register, and returns when the device has it.
     *
     * @param offset in bytes from the start of the window; a multiple of 4
     * @param value the value
     */
    void writeInt(long offset, int value);

    /**
     * Writes a 16-bit register without waiting for the device: for doorbells. The write is on its
     * way when the call returns, in order with the thread's other accesses. When it turns out later
     * that it could not be delivered, the device is lost.
     *
     * @param offset in bytes from the start of the window; a multiple of 2
     * @param value the value
     */
    default void postShort(long offset, short value) {
        writeShort(offset, value);
    }

    /**
     * Writes a 32-bit register without waiting for the device; see {@link #postShort}.
     *
     * @param offset in bytes from the start of the window; a multiple of 4
     * @param value the value
     */
    default void postInt(long offset, int value) {
        writeInt(offset, value);
    }

    /**
     * A part of the window.
     *
     * @param start where it begins, in bytes from the start of the window
     * @param size how many bytes it has
     * @return the part; accesses outside are refused, although the window may go on
     * @throws IndexOutOfBoundsException when it is not within the window
     */
    default RegisterWindow slice(long start, long size) {
        return new RegisterSlice(this, Objects.checkFromIndexSize(start, size, size()), size);
    }
}
