package dev.virtq.transport.vhostuser.protocol;

/** What a front end may ask of a back end. */
public enum Request {
    /** The features that the device offers. */
    GET_FEATURES(1),
    /** The features that the driver accepts. */
    SET_FEATURES(2),
    /** The session begins. */
    SET_OWNER(3),
    /** All memory, at once. */
    SET_MEM_TABLE(5),
    /** How many entries a queue has. */
    SET_VRING_NUM(8),
    /** Where a queue is, in user addresses. */
    SET_VRING_ADDR(9),
    /** Where a queue goes on. */
    SET_VRING_BASE(10),
    /** Stops a queue, and asks where it would go on. */
    GET_VRING_BASE(11),
    /** How the driver notifies; starts a queue. */
    SET_VRING_KICK(12),
    /** How the device notifies. */
    SET_VRING_CALL(13),
    /** The protocol features that the back end has. */
    GET_PROTOCOL_FEATURES(15),
    /** The protocol features that are used. */
    SET_PROTOCOL_FEATURES(16),
    /** How many queues there are. */
    GET_QUEUE_NUM(17),
    /** Whether buffers may be taken from a queue. */
    SET_VRING_ENABLE(18),
    /** Where the back end's requests go. */
    SET_BACKEND_REQ_FD(21),
    /** Bytes of the configuration space. */
    GET_CONFIG(24),
    /** New bytes for the configuration space. */
    SET_CONFIG(25),
    /** Memory for the transfers that are under way. */
    GET_INFLIGHT_FD(31),
    /** Such memory, from before. */
    SET_INFLIGHT_FD(32),
    /** The device forgets the driver. */
    RESET_DEVICE(34),
    /** How many regions of memory there may be. */
    GET_MAX_MEM_SLOTS(36),
    /** One more region of memory. */
    ADD_MEM_REG(37),
    /** One region of memory less. */
    REM_MEM_REG(38),
    /** Writes the device status. */
    SET_STATUS(39),
    /** Reads the device status. */
    GET_STATUS(40);

    private final int number;

    Request(int number) {
        this.number = number;
    }

    /** {@return the number in the message's header} */
    public int number() {
        return number;
    }
}
