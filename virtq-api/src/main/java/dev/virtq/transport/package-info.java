/**
 * What the transports have in common: registers, and how a device gets the attention of threads.
 *
 * <p>For those who write a transport or a machine; drivers need none of it.
 */
package dev.virtq.transport;
