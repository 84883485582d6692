package dev.virtq.machine.sim.tree;

/**
 * How much a tree can hold.
 *
 * @param blockSize in bytes
 * @param blocks how many there are
 * @param free how many of them are free
 * @param available how many of them anybody may use
 * @param files how many files there can be
 * @param freeFiles how many more there can be
 */
public record Space(
        int blockSize, long blocks, long free, long available, long files, long freeFiles) {}
