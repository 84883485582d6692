package dev.virtq.queue.ring;

import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaMemory;

/**
 * What a driver end is made from.
 *
 * @param queue the queue's index
 * @param size how many entries
 * @param accepted the accepted features
 * @param memory where the ring and its indirect tables are allocated
 * @param indirect when chains go into an indirect table
 */
public record RingRequest(
        int queue, int size, FeatureSet accepted, DmaMemory memory, IndirectUse indirect) {}
