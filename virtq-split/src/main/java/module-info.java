import dev.virtq.queue.ring.RingFormat;
import dev.virtq.split.SplitFormat;
import org.jspecify.annotations.NullMarked;

/** The split ring (virtio 1.4, section 2.7): layout, driver end, device end. */
@NullMarked
module dev.virtq.split {
    requires static transitive org.jspecify;
    requires transitive dev.virtq.api;

    exports dev.virtq.split;

    provides RingFormat with
            SplitFormat;
}
