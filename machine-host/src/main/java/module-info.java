import org.jspecify.annotations.NullMarked;

/** A virtio function on this computer's own PCI bus, over Linux's sysfs. */
@NullMarked
module dev.virtq.machine.host {
    requires static transitive org.jspecify;
    requires transitive dev.virtq.api;
    requires transitive dev.virtq.transport.pci;

    exports dev.virtq.machine.host;

    provides dev.virtq.machine.MachineProvider with
            dev.virtq.machine.host.HostProvider;
}
