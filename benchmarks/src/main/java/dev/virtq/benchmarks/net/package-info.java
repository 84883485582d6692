/**
 * The network driver against DPDK's, on the same back end, in turn: DPDK's vhost is the device and
 * counts the packets. {@link dev.virtq.benchmarks.net.NetComparison} compares, {@link
 * dev.virtq.benchmarks.net.Soak} looks at each frame of very many.
 */
package dev.virtq.benchmarks.net;
