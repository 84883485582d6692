package dev.virtq.transport.mmio;

import dev.virtq.transport.DevicePlace;
import dev.virtq.transport.RegisterWindow;

/**
 * A place at which a virtio device may answer, as a machine reaches it: the seam between virtio
 * over MMIO and the ways to a machine's memory map.
 */
public interface MmioSlot extends DevicePlace {
    /** {@return where its registers start, in the machine's address space} */
    long address();

    /** {@return the registers, 0x100 bytes at least; what follows is the device's configuration} */
    RegisterWindow registers();
}
