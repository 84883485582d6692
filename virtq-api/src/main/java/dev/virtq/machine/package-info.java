/**
 * Machines whose devices a program drives, and the ways to start them.
 *
 * <p>{@link dev.virtq.machine.MachineProvider}s are found by {@link java.util.ServiceLoader}.
 */
package dev.virtq.machine;
