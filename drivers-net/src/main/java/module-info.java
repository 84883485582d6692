import org.jspecify.annotations.NullMarked;

/** The virtio-net driver: Ethernet frames in and out of any virtio network device. */
@NullMarked
module dev.virtq.drivers.net {
    requires static transitive org.jspecify;
    requires transitive dev.virtq.api;

    exports dev.virtq.drivers.net;
}
