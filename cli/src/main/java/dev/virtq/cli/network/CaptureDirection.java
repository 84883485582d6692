package dev.virtq.cli.network;

/** Which way a captured frame went, as pcapng's {@code epb_flags} says it. */
public enum CaptureDirection {
    /** It was received. */
    INBOUND(1),
    /** It was sent. */
    OUTBOUND(2);

    private final int flags;

    CaptureDirection(int flags) {
        this.flags = flags;
    }

    int flags() {
        return flags;
    }
}
