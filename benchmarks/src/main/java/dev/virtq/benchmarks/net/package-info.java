/**
 * The network driver against DPDK's, on the same back end, in turn: DPDK's vhost is the device and
 * counts the packets.
 */
package dev.virtq.benchmarks.net;
