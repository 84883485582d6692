/**
 * Virtio over MMIO (virtio 1.4, section 4.2).
 *
 * <p>{@link dev.virtq.transport.mmio.VirtioMmioTransport} drives the device of an {@link
 * dev.virtq.transport.mmio.MmioSlot}, which a machine provides; {@link
 * dev.virtq.transport.mmio.MmioOccupant} tells what is in one.
 */
package dev.virtq.transport.mmio;
