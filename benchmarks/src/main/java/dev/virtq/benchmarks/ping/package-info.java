/** A ping through virtq beside one that is written by hand, on a real QEMU each. */
package dev.virtq.benchmarks.ping;
