/**
 * A virtio function on this computer's own PCI bus, without a kernel driver in between: registers
 * and memory as Linux's sysfs and hugetlbfs give them to root.
 *
 * <p>{@link dev.virtq.machine.host.HostMachine} is the way in. Inside a virtual machine it drives a
 * device of that machine.
 */
package dev.virtq.machine.host;
