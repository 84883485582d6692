/**
 * A machine in this process, for programs and tests that have no other.
 *
 * <p>{@link dev.virtq.machine.sim.SimMachine} has a network device whose device end takes the rings
 * that a driver makes, as QEMU does; beside it, on demand, test devices and shares of files.
 */
package dev.virtq.machine.sim;
