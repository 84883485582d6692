import org.jspecify.annotations.NullMarked;

/** Virtio over PCI, on any PCI function that can be reached. */
@NullMarked
module dev.virtq.transport.pci {
    requires transitive dev.virtq.api;
    requires static transitive org.jspecify;

    exports dev.virtq.transport.pci;
}
