/**
 * Virtqueues, seen from the driver.
 *
 * <p>Begin with {@link dev.virtq.queue.Virtqueue}: it prepares {@link dev.virtq.queue.BufferList}s
 * as {@link dev.virtq.queue.TransferToken}s, which are sent as often as you like.
 */
package dev.virtq.queue;
