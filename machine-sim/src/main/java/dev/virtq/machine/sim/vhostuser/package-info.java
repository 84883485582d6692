/**
 * A vhost-user back end in this process: the other side of the socket, for programs that want a
 * device there, and for tests of front ends. {@link dev.virtq.machine.sim.vhostuser.SimBackEnd}
 * listens, or connects.
 */
package dev.virtq.machine.sim.vhostuser;
