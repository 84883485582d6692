package dev.virtq.packed;

/**
 * The second word of a descriptor: what is there besides the address, {@code le32 len; le16 id;
 * le16 flags} (virtio 1.4, section 2.8.13).
 *
 * <p>It is aligned to its 8 bytes, and so it is published with one release store and read with one
 * acquire load of the whole: a processor does neither in pieces. Whoever sees the flags of such a
 * store sees its length and its id, too, and no field is ever read twice.
 *
 * <p>Most other implementations store length and id first and the flags after a barrier, as 2.8.21
 * describes it. They are read correctly: a load of the whole word happens at one moment, and at a
 * moment at which the flags have arrived, what was stored before the barrier has arrived before.
 * And one that loads the flags, and then the others after a barrier, reads this store correctly.
 */
final class Rest {
    /** NEXT where it stands in the word. */
    static final long NEXT_BIT = (long) PackedLayout.NEXT << 48;

    /** AVAIL and USED where they stand in the word. */
    static final long ROUND_BITS = (long) PackedLayout.ROUND_FLAGS << 48;

    private Rest() {}

    /**
     * {@return the word}
     *
     * @param length unsigned 32 bits
     * @param id unsigned 16 bits
     * @param flags unsigned 16 bits
     */
    static long of(long length, int id, int flags) {
        return (length & 0xffff_ffffL) | ((long) id << 32) | ((long) flags << 48);
    }

    /** {@return the length, 0 to 2^32-1} */
    static long length(long rest) {
        return rest & 0xffff_ffffL;
    }

    static int id(long rest) {
        return (int) (rest >>> 32) & 0xffff;
    }

    static int flags(long rest) {
        return (int) (rest >>> 48);
    }
}
