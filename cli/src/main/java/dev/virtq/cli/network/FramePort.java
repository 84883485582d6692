package dev.virtq.cli.network;

import dev.virtq.drivers.net.MacAddress;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A network interface: whole Ethernet frames go in and come out, without a virtio header, preamble
 * or frame check sequence.
 *
 * <p>Everything in this package works on this interface alone, so that it can be pointed at any
 * device, and at a network that lives in a test.
 *
 * <p>A port belongs to one thread at a time.
 */
public interface FramePort {

    /** {@return the address of this interface} */
    MacAddress mac();

    /** {@return the largest number of bytes that follow the 14 bytes of Ethernet header} */
    int mtu();

    /**
     * Sends one frame.
     *
     * @param frame the frame from the destination address on; the caller may overwrite it as soon
     *     as this method returns
     */
    void send(MemorySegment frame);

    /**
     * Waits for the next frame.
     *
     * @param timeout how long to wait at most; zero looks once and does not wait
     * @return the frame, readable until the next call of {@code receive}, or null when none came in
     *     time
     * @throws InterruptedException when the thread is interrupted while it waits
     */
    @Nullable MemorySegment receive(Duration timeout) throws InterruptedException;
}
