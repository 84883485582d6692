package dev.virtq.machine.sim.network;

import java.lang.foreign.MemorySegment;

/** Takes the frames that a network sends to its guest. */
@FunctionalInterface
public interface FrameSink {

    /**
     * Takes one frame.
     *
     * @param frame an Ethernet frame from the destination address on; nobody else uses the memory
     *     afterwards, so the taker may keep it
     */
    void frame(MemorySegment frame);
}
