package dev.virtq.e2e;

import dev.virtq.drivers.net.FrameHandler;
import dev.virtq.drivers.net.NetDevice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Random;

/**
 * Numbered frames of random bytes to a device that gives back what it gets. Each must come back
 * whole, and in order: then nothing was lost, repeated, exchanged, or cut off.
 */
final class ReflectedFrames {
    private static final ValueLayout.OfLong NUMBER = ValueLayout.JAVA_LONG_UNALIGNED;

    /** Behind the addresses and the type. */
    private static final int NUMBER_OFFSET = 14;

    private final NetDevice device;
    private final MemorySegment frame;
    private final FrameHandler handler = this::onFrame;
    private long returned;

    /**
     * Fills a frame.
     *
     * @param seed of its bytes
     */
    ReflectedFrames(NetDevice device, int length, long seed) {
        this.device = device;
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        frame = Arena.ofAuto().allocate(length, Long.BYTES);
        frame.copyFrom(MemorySegment.ofArray(bytes));
    }

    /** Sends so many, and waits until they are back. */
    void run(int count, int window, Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        long sent = 0;
        while (returned < count) {
            boolean offered = true;
            while (sent < count && sent - returned < window && offered) {
                frame.set(NUMBER, NUMBER_OFFSET, sent);
                offered = device.offer(frame);
                sent += offered ? 1 : 0;
            }
            device.flush();
            if (device.receiveBurst(handler, window) == 0) {
                Thread.sleep(0, 10_000); // the device may want this processor
                if (System.nanoTime() - deadline >= 0) {
                    throw new AssertionError(
                            "%d of %d frames came back, and %d were sent, within %s"
                                    .formatted(returned, count, sent, patience));
                }
            }
        }
    }

    private void onFrame(MemorySegment buffer, int offset, int length) {
        MemorySegment received = buffer.asSlice(offset, length);
        if (length != frame.byteSize()) {
            throw new AssertionError(
                    "a frame of %d bytes came back (expected: %d)"
                            .formatted(length, frame.byteSize()));
        }
        long number = received.get(NUMBER, NUMBER_OFFSET);
        if (number != returned) {
            throw new AssertionError(
                    "frame %d came back (expected: %d)".formatted(number, returned));
        }
        // The frame to be sent bears another number by now.
        long now = frame.get(NUMBER, NUMBER_OFFSET);
        frame.set(NUMBER, NUMBER_OFFSET, number);
        long different = received.mismatch(frame);
        frame.set(NUMBER, NUMBER_OFFSET, now);
        if (different >= 0) {
            throw new AssertionError(
                    "frame %d came back with another byte at %d".formatted(number, different));
        }
        returned++;
    }
}
