/**
 * Virtio devices behind a vhost-user socket: DPDK, virtiofsd, qemu-storage-daemon, or any other
 * back end, with no QEMU between. Memory is shared, notifications are eventfds, and everything else
 * is a message.
 */
package dev.virtq.transport.vhostuser;
