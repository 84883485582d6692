import org.jspecify.annotations.NullMarked;

/**
 * The vocabulary of virtq: memory that a device can reach, virtqueues, and devices.
 *
 * <p>Ring formats and machines are found by {@link java.util.ServiceLoader}: a program has those
 * whose modules it picks.
 */
@NullMarked
module dev.virtq.api {
    requires static transitive org.jspecify;

    exports dev.virtq.device;
    exports dev.virtq.machine;
    exports dev.virtq.memory;
    exports dev.virtq.queue;
    exports dev.virtq.queue.ring;
    exports dev.virtq.transport;

    uses dev.virtq.queue.ring.RingFormat;
}
