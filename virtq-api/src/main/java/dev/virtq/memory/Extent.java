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

    boolean overlaps(Extent other) {
        return Long.compareUnsigned(other.address - address, length) < 0
                || Long.compareUnsigned(address - other.address, other.length) < 0;
    }

    /**
     * {@return the address of the byte after the last one; 0 when the last one is the last of the
     * address space}
     */
    public long end() {
        return address + length;
    }
}
