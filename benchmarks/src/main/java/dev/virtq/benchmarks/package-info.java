/**
 * What a transfer costs, in nanoseconds and in bytes that are allocated (JMH).
 *
 * <p>{@link dev.virtq.benchmarks.RingCycle} is one thread with both ends of a ring, {@link
 * dev.virtq.benchmarks.RingTwoThreads} a thread for each end. The build runs each of them once, to
 * see that they work; figures come from {@code benchmarks/run jmh SplitRing -prof gc} on a computer
 * that does nothing else. {@link dev.virtq.benchmarks.stress} has the tests of memory order.
 */
package dev.virtq.benchmarks;
