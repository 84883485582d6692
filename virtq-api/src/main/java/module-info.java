import org.jspecify.annotations.NullMarked;

/** The vocabulary of virtq: memory that a device can reach, virtqueues, and devices. */
@NullMarked
module dev.virtq.api {
    requires static transitive org.jspecify;

    exports dev.virtq.device;
    exports dev.virtq.memory;
}
