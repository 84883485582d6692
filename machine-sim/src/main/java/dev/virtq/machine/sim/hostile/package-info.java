/**
 * Devices that break rules: what a driver must survive.
 *
 * <p>Every simulated device is honest until its machine is given a {@link
 * dev.virtq.machine.sim.hostile.Mischief}: a script of one's own, or one of those that have a name,
 * {@link dev.virtq.machine.sim.hostile.RingLie}, {@link dev.virtq.machine.sim.hostile.RegisterLie}
 * and those of one type of device, {@link dev.virtq.machine.sim.hostile.NetLie} and {@link
 * dev.virtq.machine.sim.hostile.FuseLie}. It lives behind the same transport as an honest device,
 * and what it writes, it writes into the same memory.
 */
package dev.virtq.machine.sim.hostile;
