/**
 * Trees of files for a simulated file system device: one in memory, one that is a directory of the
 * host. They know nothing of FUSE, and fail with the error numbers of Linux.
 */
package dev.virtq.machine.sim.tree;
