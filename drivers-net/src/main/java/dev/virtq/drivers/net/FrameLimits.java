package dev.virtq.drivers.net;

/**
 * How long frames are.
 *
 * @param mtu how many bytes may follow the Ethernet header
 */
record FrameLimits(int mtu) {
    /** Destination, source, type. */
    static final int ETHERNET_HEADER = 14;

    /** What a device that names no MTU gets: Ethernet's. */
    static final int DEFAULT_MTU = 1500;

    /** Section 5.1.9.3.1#2: a receive buffer should have at least this. */
    private static final int SMALLEST_RECEIVE_BUFFER = 1526;

    int longestFrame() {
        return mtu + ETHERNET_HEADER;
    }

    int receiveBufferSize() {
        return Math.max(SMALLEST_RECEIVE_BUFFER, NetHeader.SIZE + longestFrame());
    }

    int transmitBufferSize() {
        return NetHeader.SIZE + longestFrame();
    }

    /** Refuses a frame that may not be sent (5.1.4.2#8). */
    int checkSendable(long length) {
        if (length < ETHERNET_HEADER || length > longestFrame()) {
            throw new IllegalArgumentException(
                    "a frame of %d bytes (expected: %d..%d, as the MTU is %d)"
                            .formatted(length, ETHERNET_HEADER, longestFrame(), mtu));
        }
        return (int) length;
    }
}
