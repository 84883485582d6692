/** The device end of a simulated machine: what a driver reaches, and what answers there. */
package dev.virtq.machine.sim.device;
