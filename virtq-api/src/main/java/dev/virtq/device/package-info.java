/**
 * Devices, and the ways to reach them.
 *
 * <p>{@link dev.virtq.device.VirtioDevice} brings a device up and down in the order of the
 * standard, over any {@link dev.virtq.device.Transport}.
 *
 * @serial exclude
 */
package dev.virtq.device;
