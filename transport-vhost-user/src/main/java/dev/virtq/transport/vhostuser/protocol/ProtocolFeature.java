package dev.virtq.transport.vhostuser.protocol;

/** What a front end and a back end agree on, beside the device's own features. */
public enum ProtocolFeature {
    /** The back end tells how many queues it has. */
    MQ(0),
    /** Each request is answered, if only with whether it worked. */
    REPLY_ACK(3),
    /** The back end can ask something, too. */
    BACKEND_REQ(5),
    /** The back end has the device's configuration space. */
    CONFIG(9),
    /** Memory of the back end's tells which transfers it has begun, so that another can go on. */
    INFLIGHT_SHMFD(12),
    /** The device can be reset without a new connection. */
    RESET_DEVICE(13),
    /** Memory can be added and taken away, one region at a time. */
    CONFIGURE_MEM_SLOTS(15),
    /** The back end has the device status. */
    STATUS(16);

    private final int bit;

    ProtocolFeature(int bit) {
        this.bit = bit;
    }

    /**
     * {@return whether it is in a set}
     *
     * @param features the set, one bit for each
     */
    public boolean in(long features) {
        return (features & 1L << bit) != 0;
    }

    /** {@return a set of one} */
    public long mask() {
        return 1L << bit;
    }

    /** {@return all that this front end knows} */
    public static long known() {
        long known = 0;
        for (ProtocolFeature feature : values()) {
            known |= feature.mask();
        }
        return known;
    }
}
