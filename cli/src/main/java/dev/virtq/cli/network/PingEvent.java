package dev.virtq.cli.network;

/** What became of one echo request. */
public sealed interface PingEvent {

    /** {@return the number of the echo request, from 0} */
    int sequence();

    /**
     * It was answered, and every byte came back as it went out.
     *
     * @param sequence the number of the echo request
     * @param size the number of payload bytes
     * @param timeToLive the time to live of the reply when it arrived
     * @param roundTripNanos from handing over the request to having the reply, in nanoseconds
     */
    record Reply(int sequence, int size, int timeToLive, long roundTripNanos)
            implements PingEvent {}

    /**
     * It was answered with other bytes. This is an error: something between the two ends loses or
     * mixes up memory.
     *
     * @param sequence the number of the echo request
     * @param reason which byte differs, and how
     */
    record Mismatch(int sequence, String reason) implements PingEvent {}

    /**
     * Somebody reported that it cannot be delivered.
     *
     * @param sequence the number of the echo request
     * @param from who says so
     * @param reason why
     */
    record Undeliverable(int sequence, Ipv4Address from, String reason) implements PingEvent {}

    /**
     * Nobody answered in time.
     *
     * @param sequence the number of the echo request
     * @param detail what came instead, as the end of a sentence; empty when nothing did
     */
    record Timeout(int sequence, String detail) implements PingEvent {}

    /**
     * A second reply to a request, or one after its timeout. It does not count.
     *
     * @param sequence the number of the echo request
     */
    record Unexpected(int sequence) implements PingEvent {}
}
