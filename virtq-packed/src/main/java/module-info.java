import dev.virtq.packed.PackedFormat;
import dev.virtq.queue.ring.RingFormat;
import org.jspecify.annotations.NullMarked;

/** The packed ring (virtio 1.4, section 2.8): layout, driver end, device end. */
@NullMarked
module dev.virtq.packed {
    requires static transitive org.jspecify;
    requires transitive dev.virtq.api;

    exports dev.virtq.packed;

    provides RingFormat with
            PackedFormat;
}
