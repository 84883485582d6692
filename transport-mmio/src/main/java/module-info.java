import org.jspecify.annotations.NullMarked;

/** Virtio over MMIO, at any place where its registers can be reached. */
@NullMarked
module dev.virtq.transport.mmio {
    requires transitive dev.virtq.api;
    requires static transitive org.jspecify;

    exports dev.virtq.transport.mmio;
    exports dev.virtq.transport.mmio.tree;
}
