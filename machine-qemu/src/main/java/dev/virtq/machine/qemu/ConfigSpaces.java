package dev.virtq.machine.qemu;

import dev.virtq.transport.RegisterWindow;
import dev.virtq.transport.pci.PciAddress;

/** Reaches the configuration space of every function that there can be. */
@FunctionalInterface
interface ConfigSpaces {
    /**
     * {@return the configuration space at an address; all of it reads as ones where nobody is}
     *
     * @param address where
     */
    RegisterWindow at(PciAddress address);
}
