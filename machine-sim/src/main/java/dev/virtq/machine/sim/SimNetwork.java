package dev.virtq.machine.sim;

import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * What a simulated network device is plugged into.
 *
 * <pre>{@code
 * SimNetwork echo = (frame, replies) -> replies.accept(frame);
 * }</pre>
 */
@FunctionalInterface
public interface SimNetwork {
    /**
     * Takes a frame that the driver sent, on the device's thread.
     *
     * @param frame an Ethernet frame from the destination address on: a copy that the driver cannot
     *     change, valid until this returns
     * @param replies takes frames for the driver, now or later and from any thread; they are copied
     */
    void accept(MemorySegment frame, Consumer<MemorySegment> replies);
}
