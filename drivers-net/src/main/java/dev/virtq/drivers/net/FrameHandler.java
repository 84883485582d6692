package dev.virtq.drivers.net;

import java.lang.foreign.MemorySegment;

/** Takes received frames from {@link NetDevice#receiveBurst}, without anything being allocated. */
@FunctionalInterface
public interface FrameHandler {
    /**
     * Takes one frame.
     *
     * @param buffer the buffer that the frame lies in. It is the bare memory: it goes back to the
     *     device, or is used for another frame, after this method has returned, and nothing stops a
     *     handler that keeps it from reading what is written next
     * @param offset where the frame starts, in bytes: its destination address
     * @param length how many bytes the frame has
     */
    void onFrame(MemorySegment buffer, int offset, int length);
}
