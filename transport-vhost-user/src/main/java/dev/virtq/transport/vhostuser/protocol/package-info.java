/**
 * The messages of vhost-user, as a front end sends them. All numbers are in the machine's own byte
 * order, which is little-endian wherever this runs.
 */
package dev.virtq.transport.vhostuser.protocol;
