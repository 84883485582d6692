package dev.virtq.packed;

import static dev.virtq.packed.PackedLayout.EVENTS_DESC;
import static dev.virtq.packed.PackedLayout.EVENTS_DISABLE;

/**
 * What an event suppression structure asks for (virtio 1.4, sections 2.8.10 and 2.8.14). It is read
 * and written as one word: position and wrap counter in its lower half, flags in its upper.
 */
final class EventSuppression {
    static final int ENABLE = PackedLayout.EVENTS_ENABLE << 16;
    static final int DISABLE = EVENTS_DISABLE << 16;

    private final int size;
    private final boolean eventIndex;

    /**
     * For a ring.
     *
     * @param size how many entries it has
     * @param eventIndex whether VIRTIO_F_EVENT_IDX was accepted
     */
    EventSuppression(int size, boolean eventIndex) {
        this.size = size;
        this.eventIndex = eventIndex;
    }

    /** {@return the word that asks for a notification when something happens at the position} */
    int from(RingPosition next) {
        return eventIndex ? (EVENTS_DESC << 16) | next.encoded() : ENABLE;
    }

    static int flags(int word) {
        return (word >>> 16) & 3;
    }

    static int slot(int word) {
        return word & 0x7fff;
    }

    static int wrap(int word) {
        return (word >>> 15) & 1;
    }

    /**
     * {@return how many slots back it makes sense to look} After two rounds every position of both
     * wrap counters was passed.
     */
    int span() {
        return 2 * size;
    }

    /**
     * {@return whether the other side wants to be notified} In doubt it does: rather one
     * notification too many than a lost one. So for the reserved value of the flags, for DESC
     * without VIRTIO_F_EVENT_IDX, and for a slot that does not exist.
     *
     * @param word what the other side wrote
     * @param next the position after the last descriptor that was made available, or used
     * @param steps how many slots that is further than the last time that this was asked; 1 or more
     */
    boolean isDue(int word, RingPosition next, int steps) {
        int flags = flags(word);
        if (flags != EVENTS_DESC || !eventIndex) {
            return flags != EVENTS_DISABLE;
        }
        int event = slot(word);
        if (event >= size) {
            return true;
        }
        // Two rounds as one of twice the size: wrap counter 1 first, then wrap counter 0.
        int at = wrap(word) != 0 ? event : event + size;
        int end = next.wrap() ? next.slot() : next.slot() + size;
        int back = end - 1 - at;
        return (back < 0 ? back + 2 * size : back) < steps;
    }
}
