/**
 * The system calls that a vhost-user front end needs and the JDK does not have: file descriptors
 * that are memory, events or sockets, and that travel over a socket. Linux on 64 bits.
 *
 * @serial exclude
 */
package dev.virtq.transport.vhostuser.posix;
