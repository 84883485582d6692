package dev.virtq.machine.qemu;

/**
 * A part of the RAM file that the guest sees in one piece.
 *
 * @param offset where it starts in the file, in bytes
 * @param address where it starts in guest physical memory
 * @param length how many bytes it has
 */
public record RamRun(long offset, long address, long length) {
    /** Refuses a run that is empty or wraps around. */
    public RamRun {
        if (offset < 0 || address < 0 || length <= 0) {
            throw new IllegalArgumentException(
                    "no run of RAM: offset 0x%x, address 0x%x, %d bytes"
                            .formatted(offset, address, length));
        }
        Math.addExact(offset, length);
        Math.addExact(address, length);
    }

    /** {@return the offset in the file after the last byte} */
    public long end() {
        return offset + length;
    }

    @Override
    public String toString() {
        return "0x%x..0x%x at 0x%x".formatted(offset, end() - 1, address);
    }
}
