package dev.virtq.packed;

/**
 * How many bytes a used descriptor says were written (virtio 1.4, section 2.8.4).
 *
 * <p>Without the WRITE flag its length means nothing, says the standard. QEMU (7.2 to 10.0) never
 * sets the flag in a used descriptor and tells the length all the same, as Linux and DPDK take it:
 * who goes by the flag receives nothing from it. So a length without the flag counts where it can
 * be one, in a chain with room for it; where it cannot, it is the noise that the standard calls it.
 */
final class UsedLength {
    private UsedLength() {}

    /**
     * {@return how many bytes were written, not yet checked where the flag vouches for them}
     *
     * @param rest the second word of the used descriptor
     * @param writable how many bytes of the chain the device may write
     */
    static long of(long rest, long writable) {
        long length = Rest.length(rest);
        boolean told = (Rest.flags(rest) & PackedLayout.WRITE) != 0;
        return told || length <= writable ? length : 0;
    }
}
