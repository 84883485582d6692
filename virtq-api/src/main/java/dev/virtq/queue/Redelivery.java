package dev.virtq.queue;

/**
 * What becomes of the transfers that a device was lost with, when another one takes its place and
 * knows nothing of them: each is sent again or returned, and none of them both. Nothing of the old
 * ring is left; so what the old device has written there says nothing any more.
 */
final class Redelivery {
    private static final String WHY = "the loss of its device";

    private final Virtqueue queue;
    private int sentAgain;
    private int returned;

    Redelivery(Virtqueue queue) {
        this.queue = queue;
    }

    void run() {
        Books books = queue.books();
        queue.ring().restart();
        books.returned().forgetSentAgain();
        for (Booking booking : books.withDevice()) {
            if (!isPublished(booking)) {
                continue;
            }
            if (isSentAgain(booking)) {
                queue.ring().stage(booking.ringId);
                sentAgain++;
            } else {
                books.giveBack(booking, WHY);
                returned++;
            }
        }
        queue.ring().publish(); // by themselves: what was staged waits for its owner, as before
        for (Booking booking : books.withDevice()) {
            if (!isPublished(booking)) {
                queue.ring().stage(booking.ringId); // no device has seen it
            }
        }
    }

    QueueControl.Redelivered done() {
        return new QueueControl.Redelivered(sentAgain, returned);
    }

    private boolean isPublished(Booking booking) {
        return queue.sendings().isPublished(booking.id);
    }

    /** After an answer, its owner may have gone on otherwise. */
    private static boolean isSentAgain(Booking booking) {
        return booking.idempotent && !booking.isAnswered();
    }
}
