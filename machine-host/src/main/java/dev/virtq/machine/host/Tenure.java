package dev.virtq.machine.host;

import dev.virtq.device.DeviceLostException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether the function is still there, and ours. What was handed out outlives both, and by then the
 * function may be somebody else's.
 */
final class Tenure {
    private volatile @Nullable DeviceLostException over;

    /**
     * Ends it. What ended it first is the reason.
     *
     * @param reason why
     * @return the reason
     */
    synchronized DeviceLostException end(DeviceLostException reason) {
        DeviceLostException known = over;
        if (known != null) {
            return known;
        }
        over = reason;
        return reason;
    }

    /** {@return why it has ended; empty while it lasts} */
    Optional<DeviceLostException> ended() {
        return Optional.ofNullable(over);
    }

    /** Refuses an access after it has ended. */
    void check() {
        DeviceLostException known = over;
        if (known != null) {
            throw known.again();
        }
    }
}
