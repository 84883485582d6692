package dev.virtq.split;

/**
 * When an event index asks for a notification (virtio 1.4, sections 2.7.7 and 2.7.10): the other
 * side wants to hear once the index has gone past the one it wrote.
 */
final class EventIndex {
    /** Indices are 16 bits wide: further than this, an event index cannot be judged any more. */
    static final int SPAN = 1 << 16;

    private EventIndex() {}

    /**
     * {@return whether the index went past the event on its way}
     *
     * @param event what the other side wrote
     * @param to where the index is
     * @param steps how far it came since the last time that this was asked; 1 or more
     */
    static boolean isDue(int event, int to, long steps) {
        if (steps >= SPAN) {
            return true; // it passed every value: rather one notification too many than a lost one
        }
        return ((to - event - 1) & 0xffff) < steps;
    }
}
