package dev.virtq.queue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The submitted bookings that a reset ended before the device used them, until their owner asks for
 * them. Not thread safe; the queue's owner uses it.
 */
final class ReturnedBookings {
    private final List<Booking> bookings = new ArrayList<>();

    void add(Booking booking) {
        bookings.add(booking);
    }

    /** Before another reset: one that was sent again comes out of that sending. */
    void forgetSentAgain() {
        bookings.removeIf(booking -> !booking.isReturned());
    }

    /** {@return the tokens, in the order of their ids; each is handed out once} */
    List<TransferToken> takeTokens() {
        bookings.sort(Comparator.comparingLong(booking -> booking.returnedId));
        List<TransferToken> tokens = new ArrayList<>(bookings.size());
        for (Booking booking : bookings) {
            // One that was sent again meanwhile comes out of that sending.
            TransferToken token = booking.isReturned() ? booking.takeSubmitted() : null;
            if (token != null) {
                tokens.add(token);
            }
        }
        bookings.clear();
        return tokens;
    }

    /** As {@link #takeTokens}, for a queue whose sendings are told to futures. */
    List<Booking> take() {
        if (bookings.isEmpty()) {
            return List.of();
        }
        // Whoever was told of a failure before may have sent his again: it comes out of that
        // sending.
        List<Booking> taken = bookings.stream().filter(Booking::isReturned).toList();
        bookings.clear();
        return taken;
    }
}
