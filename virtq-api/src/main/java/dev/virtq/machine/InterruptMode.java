package dev.virtq.machine;

import java.util.Locale;

/** How the devices of a machine get the attention of a thread that waits for them. */
public enum InterruptMode {
    /** By messages, one for each queue where there are enough (virtio 1.4, section 4.1.5.1.2). */
    MSIX,

    /** By an interrupt line, which devices may share, and a status that says what it is up for. */
    INTX,

    /** Not at all: the status is looked at now and then, at the cost of latency. */
    POLL;

    /** {@return the mode in small letters, as a user types it} */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
