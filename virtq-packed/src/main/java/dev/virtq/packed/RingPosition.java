package dev.virtq.packed;

import static dev.virtq.packed.PackedLayout.AVAIL;
import static dev.virtq.packed.PackedLayout.USED;

/**
 * How far one side is with available, or with used descriptors: the next slot, and the wrap counter
 * (virtio 1.4, section 2.8.1), which starts at 1 and changes after the last slot. No counter goes
 * on for ever: after two rounds everything is as it was.
 */
final class RingPosition {
    private static final int WRAP = 1 << 15;
    private static final int SLOT = WRAP - 1;

    /**
     * Available and used positions at the start, as vhost writes them: slot 0 and wrap 1, twice.
     */
    static final int START_STATE = (WRAP << 16) | WRAP;

    private final int size;
    private int slot;
    private boolean wrap = true;

    RingPosition(int size) {
        this.size = size;
    }

    /** {@return a position as it was encoded} */
    static RingPosition decode(int size, int encoded) {
        RingPosition position = new RingPosition(size);
        position.slot = encoded & SLOT;
        position.wrap = (encoded & WRAP) != 0;
        return position;
    }

    void restart() {
        slot = 0;
        wrap = true;
    }

    int slot() {
        return slot;
    }

    boolean wrap() {
        return wrap;
    }

    /** {@return what AVAIL and USED are in a descriptor that is available here} */
    int availableFlags() {
        return wrap ? AVAIL : USED;
    }

    /** {@return what AVAIL and USED are in a descriptor that was used here} */
    int usedFlags() {
        return wrap ? AVAIL | USED : 0;
    }

    /**
     * Goes on by some slots, at most once round the ring.
     *
     * <p>Most chains have one slot or two. Asking for that looks idle, but lets the processor guess
     * the next slot and look at it, where it would have to wait for a number from memory.
     */
    void advance(int slots) {
        int next = slot;
        if (slots == 1) {
            next += 1;
        } else if (slots == 2) {
            next += 2;
        } else {
            next += slots;
        }
        if (next >= size) {
            next -= size;
            wrap = !wrap;
        }
        slot = next;
    }

    /** {@return 15 bits of slot, and the wrap counter in bit 15} */
    int encoded() {
        return wrap ? slot | WRAP : slot;
    }
}
