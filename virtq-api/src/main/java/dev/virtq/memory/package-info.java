/**
 * Memory that a device can reach.
 *
 * <p>{@link dev.virtq.memory.DmaMemory} allocates {@link dev.virtq.memory.DmaBuffer}s and
 * translates between the JVM's segments and the device's addresses. While a transfer is with the
 * device, its buffers refuse every access.
 */
package dev.virtq.memory;
