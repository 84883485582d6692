package dev.virtq.fuzz.ring;

import java.util.List;

/**
 * What a device end must find next, read from the same bytes by other code.
 *
 * @param kind whether there is something, and whether it may be taken
 * @param id the chain's id
 * @param slots how many slots of the ring it takes
 * @param elements what it consists of
 */
record Expected(Kind kind, int id, int slots, List<Element> elements) {
    static final Expected NOTHING = new Expected(Kind.NOTHING, -1, 0, List.of());
    static final Expected FAULT = new Expected(Kind.FAULT, -1, 0, List.of());

    /** Whether there is something. */
    enum Kind {
        NOTHING,
        FAULT,
        CHAIN
    }

    /** An element. */
    record Element(long address, long length, boolean writable) {
        /** Whether a device can reach it, in one run. */
        boolean isInMemory() {
            return isIn(FencedMemory.RING_ADDRESS, FencedMemory.RING_BYTES)
                    || isIn(FencedMemory.DATA_ADDRESS, FencedMemory.DATA_BYTES);
        }

        private boolean isIn(long start, long bytes) {
            return address >= start && address < start + bytes && length <= start + bytes - address;
        }
    }

    /** {@return a chain, if its elements are ones that a chain can have} */
    static Expected chain(int id, int slots, List<Element> elements) {
        boolean writable = false;
        for (Element element : elements) {
            if (!element.isInMemory() || (writable && !element.writable())) {
                return FAULT;
            }
            writable = element.writable();
        }
        return new Expected(Kind.CHAIN, id, slots, List.copyOf(elements));
    }
}
