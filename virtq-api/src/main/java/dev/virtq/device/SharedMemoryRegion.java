package dev.virtq.device;

/**
 * A region that the device shares with the driver (virtio 1.4, section 2.10).
 *
 * @param id the device type's number for the region
 * @param address where it starts, in the transport's address space
 * @param length how many bytes it has
 */
public record SharedMemoryRegion(int id, long address, long length) {}
