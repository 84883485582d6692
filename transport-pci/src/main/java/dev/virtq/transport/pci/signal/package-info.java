/** How a device gets the attention of threads: MSI-X messages, or the polled ISR status. */
package dev.virtq.transport.pci.signal;
