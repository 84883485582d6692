/**
 * Virtio over PCI (virtio 1.4, section 4.1), the modern interface.
 *
 * <p>A machine brings a {@link dev.virtq.transport.pci.PciFunction}: a device on its bus, with its
 * configuration space, its BARs and a way to get messages from it. {@link
 * dev.virtq.transport.pci.VirtioPciTransport} makes a transport of it, and {@link
 * dev.virtq.transport.pci.PciDescription} shows what it is made of.
 */
package dev.virtq.transport.pci;
