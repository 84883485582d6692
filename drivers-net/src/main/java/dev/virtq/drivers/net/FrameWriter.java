package dev.virtq.drivers.net;

import java.lang.foreign.MemorySegment;

/**
 * Makes frames for {@link NetDevice#sendBurst(FrameWriter, int)} where they are sent from, without
 * a copy and without anything being allocated.
 */
@FunctionalInterface
public interface FrameWriter {
    /**
     * Writes one frame.
     *
     * @param buffer where to, from the destination address on; as long as the longest frame. It is
     *     the bare memory, and holds what was sent from there before: it goes to the device after
     *     this method has returned, and nothing stops a writer that keeps it from writing into what
     *     the device reads
     * @return how many bytes the frame has: 14 or more; 0 when there is none, which ends the burst
     */
    int writeFrame(MemorySegment buffer);
}
