package dev.virtq.queue;

import org.jspecify.annotations.Nullable;

/**
 * Submitted transfers that the device is done with and that {@code poll} has not handed out yet:
 * they were found while somebody waited for another one. A ring that never grows, as no more
 * transfers can be done than the queue has entries.
 */
final class CompletedBookings {
    private final @Nullable Booking[] ring;
    private int head;
    private int count;

    CompletedBookings(int capacity) {
        ring = new Booking[capacity];
    }

    void add(Booking booking) {
        if (count == ring.length) {
            throw new AssertionError("more transfers completed than the queue has entries");
        }
        ring[place(count)] = booking;
        count++;
    }

    /** Takes one out of turn: it was closed, and its place in the queue is free for another. */
    void remove(Booking booking) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            Booking each = ring[place(i)];
            ring[place(i)] = null;
            if (each != booking) {
                ring[place(kept++)] = each;
            }
        }
        count = kept;
    }

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    @Nullable Booking take() {
        if (count == 0) {
            return null;
        }
        Booking first = ring[head];
        ring[head] = null;
        head = head + 1 < ring.length ? head + 1 : 0;
        count--;
        return first;
    }

    private int place(int position) {
        int place = head + position;
        return place < ring.length ? place : place - ring.length;
    }
}
