/**
 * The network device (virtio 1.4, section 5.1), from the driver's side.
 *
 * <p>{@link dev.virtq.drivers.net.NetDevice} brings a device up over any transport, and moves
 * Ethernet frames.
 */
package dev.virtq.drivers.net;
