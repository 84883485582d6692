package dev.virtq.memory;

/**
 * A run of bytes that is contiguous in the device's address space.
 *
 * @param address where the run starts, as the device sees it
 * @param length how many bytes it has; positive
 */
public record Extent(long address, long length) {
    /** Refuses a run that is empty, or that wraps around the end of the 64-bit address space. */
    public Extent {
        if (length <= 0) {
            throw new IllegalArgumentException("an extent needs a positive length, got " + length);
        }
        if (Long.compareUnsigned(address + length - 1, address) < 0) {
            throw new IllegalArgumentException(
                    "an extent at 0x%x of %d bytes wraps around the address space"
                            .formatted(address, length));
        }
    }

    /** {@return the address of the byte after the last one} */
    public long end() {
        return address + length;
    }
}
