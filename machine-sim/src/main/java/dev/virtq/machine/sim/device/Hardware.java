package dev.virtq.machine.sim.device;

import dev.virtq.memory.DmaMemory;

/**
 * What all devices of a simulated machine have in common.
 *
 * @param memory the memory that they reach
 * @param features which features they offer
 * @param maxQueueSize the largest queue that they take
 * @param conduct which rules they break
 * @param stepped whether they work only when they are told to, and have no thread
 */
public record Hardware(
        DmaMemory memory,
        FeatureChoice features,
        int maxQueueSize,
        Conduct conduct,
        boolean stepped) {}
