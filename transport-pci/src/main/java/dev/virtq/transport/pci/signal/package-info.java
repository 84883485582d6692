/** How a device gets the attention of threads: MSI-X messages, or its pin and the ISR status. */
package dev.virtq.transport.pci.signal;
