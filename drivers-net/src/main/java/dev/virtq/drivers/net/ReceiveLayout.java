package dev.virtq.drivers.net;

/**
 * How frames lie in receive buffers (virtio 1.4, section 5.1.9.3.1).
 *
 * @param mergeable whether a frame may be spread over several, as VIRTIO_NET_F_MRG_RXBUF allows
 * @param bufferSize how many bytes each has
 * @param longest how many bytes a received frame has at most, with its header
 * @param assumed how many bytes a frame has, with its header, whose length the device left untold
 */
record ReceiveLayout(boolean mergeable, int bufferSize, int longest, int assumed) {
    /** Two VLAN tags: an MTU says nothing of them, and a frame that has them is no fault. */
    private static final int VLAN_TAGS = 8;

    private static final int LARGEST_MTU = 65535;

    /** {@return a layout in which each buffer holds the longest frame} */
    static ReceiveLayout whole(FrameLimits limits) {
        int size = limits.receiveBufferSize();
        return new ReceiveLayout(false, size, size, limits.transmitBufferSize());
    }

    /**
     * {@return a layout in which frames are spread over as many buffers as they need}
     *
     * @param mtuIsNamed whether the device has said how long frames are; if not, they may be as
     *     long as any
     */
    static ReceiveLayout merged(FrameLimits limits, boolean mtuIsNamed, int bufferSize) {
        int mtu = mtuIsNamed ? limits.mtu() : LARGEST_MTU;
        int longest = NetHeader.SIZE + FrameLimits.ETHERNET_HEADER + VLAN_TAGS + mtu;
        int assumed = mtuIsNamed ? limits.transmitBufferSize() : longest;
        return new ReceiveLayout(true, bufferSize, longest, assumed);
    }

    /** {@return over how many buffers a frame is spread at most, as all but the last are full} */
    int mostBuffers() {
        return (longest + bufferSize - 1) / bufferSize;
    }

    /**
     * Refuses fewer buffers than one frame of the MTU needs (5.1.4.2#7).
     *
     * @param longestFrame without its header
     */
    void checkEnough(int buffers, int longestFrame) {
        long bytes = (long) buffers * bufferSize;
        if (bytes < NetHeader.SIZE + longestFrame) {
            throw new IllegalArgumentException(
                    "%d receive buffers of %d bytes (expected: room for a frame of %d bytes and its header of %d)"
                            .formatted(buffers, bufferSize, longestFrame, NetHeader.SIZE));
        }
    }
}
