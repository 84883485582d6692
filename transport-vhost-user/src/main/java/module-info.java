import org.jspecify.annotations.NullMarked;

/** Virtio over a vhost-user socket: any back end, and no QEMU. */
@NullMarked
module dev.virtq.transport.vhostuser {
    requires transitive dev.virtq.api;
    requires static transitive org.jspecify;

    exports dev.virtq.transport.vhostuser;

    provides dev.virtq.machine.MachineProvider with
            dev.virtq.transport.vhostuser.VhostUserProvider;
}
