import org.jspecify.annotations.NullMarked;

/** Virtio over a vhost-user socket: any back end, and no QEMU. */
@NullMarked
@SuppressWarnings("module") // sim is built later, and does not exist yet here
module dev.virtq.transport.vhostuser {
    requires transitive dev.virtq.api;
    requires static transitive org.jspecify;

    exports dev.virtq.transport.vhostuser;

    // A back end is the other side of the same socket.
    exports dev.virtq.transport.vhostuser.posix to
            dev.virtq.machine.sim;
    exports dev.virtq.transport.vhostuser.protocol to
            dev.virtq.machine.sim;

    provides dev.virtq.machine.MachineProvider with
            dev.virtq.transport.vhostuser.VhostUserProvider;
}
