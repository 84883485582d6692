package dev.virtq.transport.pci;

/**
 * A region of registers or memory that a function decodes: one base address register, or two for a
 * 64-bit one (PCI Local Bus 3.0, section 6.2.5).
 *
 * @param index which base address register it is, 0 to 5; the lower one of a 64-bit pair
 * @param kind what it decodes
 * @param prefetchable whether reads have no side effects
 * @param address where it starts on the bus; 0 when nobody has assigned it yet
 * @param size how many bytes it has; a power of two
 */
public record PciBar(int index, Kind kind, boolean prefetchable, long address, long size) {
    /** What a BAR decodes. */
    public enum Kind {
        /** Port accesses. */
        IO,
        /** Memory accesses, below 4 GiB. */
        MEMORY_32,
        /** Memory accesses anywhere; takes two base address registers. */
        MEMORY_64
    }

    /** Refuses what no base address register can say. */
    public PciBar {
        if (index < 0 || index > (kind == Kind.MEMORY_64 ? 4 : 5)) {
            throw new IllegalArgumentException(
                    "BAR %d as %s (expected: 0..5, and 0..4 for a 64-bit one)"
                            .formatted(index, kind));
        }
        if (size <= 0 || Long.bitCount(size) != 1) {
            throw new IllegalArgumentException(
                    "BAR %d has 0x%x bytes (expected: a power of two)".formatted(index, size));
        }
        if ((address & (size - 1)) != 0) {
            throw new IllegalArgumentException(
                    "BAR %d at 0x%x is not aligned to its size 0x%x"
                            .formatted(index, address, size));
        }
    }

    /**
     * {@return the same BAR at another place}
     *
     * @param newAddress where it starts on the bus; a multiple of the size
     */
    public PciBar at(long newAddress) {
        return new PciBar(index, kind, prefetchable, newAddress, size);
    }
}
