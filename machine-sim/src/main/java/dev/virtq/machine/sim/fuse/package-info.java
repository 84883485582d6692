/**
 * A FUSE server: what a simulated file system device does with the requests that its driver sends.
 * It has its own idea of every message, which no driver shares: a mistake in one of them does not
 * cancel itself in the other.
 */
package dev.virtq.machine.sim.fuse;
