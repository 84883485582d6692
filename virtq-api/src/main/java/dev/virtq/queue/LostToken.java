package dev.virtq.queue;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import org.jspecify.annotations.Nullable;

/**
 * The note that a {@link TransferToken} was garbage collected and never closed. The collector
 * leaves it in a queue; the owner of the virtqueue finds it there, since nobody else may touch the
 * ring.
 */
final class LostToken extends PhantomReference<TransferToken> {
    final Booking booking;
    private final @Nullable Throwable preparedAt;

    LostToken(
            TransferToken token,
            Booking booking,
            ReferenceQueue<TransferToken> lost,
            @Nullable Throwable preparedAt) {
        super(token, lost);
        this.booking = booking;
        this.preparedAt = preparedAt;
    }

    /** {@return where the transfer was prepared, as one line, when it was remembered} */
    String place() {
        if (preparedAt == null) {
            return "at a place that was not remembered (LeakTracking.EVERY_TRANSFER remembers all)";
        }
        for (StackTraceElement frame : preparedAt.getStackTrace()) {
            if (!frame.getClassName().startsWith("dev.virtq.queue.")) {
                return "at " + frame;
            }
        }
        return "at " + preparedAt.getStackTrace()[0];
    }
}
