package dev.virtq.benchmarks.net;

import dev.virtq.drivers.net.FrameHandler;
import dev.virtq.drivers.net.FrameWriter;
import dev.virtq.drivers.net.NetDevice;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/**
 * Numbered frames to a device that gives back what it gets. Each must come back once, and as it
 * was. Allocates nothing.
 */
final class Reflections {
    /** Fewer than there are receive buffers: so there is always one for what comes back. */
    static final int WINDOW = Ring.SIZE / 2;

    static final int BYTES = 64;

    private static final int BURST = 32;

    /** The clock costs too much to be asked each time. */
    private static final int ROUNDS = 1 << 10;

    private static final int NUMBER = 16;
    private static final int COMPLEMENT = BYTES - Long.BYTES;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private final NetDevice net;
    private final NumberedFrames frames;
    private final long patienceNanos;
    private final FrameWriter writer = this::write;
    private final FrameHandler handler = this::check;
    private long left;

    /**
     * Sends nothing yet.
     *
     * @param net the device
     * @param frames those that were sent before, all back, and those to come
     * @param patience how long to wait for the next to come back
     */
    Reflections(NetDevice net, NumberedFrames frames, Duration patience) {
        this.net = net;
        this.frames = frames;
        patienceNanos = patience.toNanos();
    }

    /**
     * Sends, until so many were sent or the time is over, and waits until all are back.
     *
     * @param count how many at most
     * @param time how long at most
     * @throws IllegalStateException when one does not come back, comes back twice, or is changed
     */
    void run(long count, Duration time) {
        left = count;
        long start = System.nanoTime();
        long lastBack = start;
        long backBefore = frames.back();
        for (long round = 1; left > 0 || frames.back() < frames.sent(); round++) {
            if (left > 0 && frames.hasRoom()) {
                net.sendBurst(writer, BURST);
            }
            if (net.receiveBurst(handler, BURST) == 0) {
                Thread.onSpinWait();
            }
            if (round % ROUNDS == 0) {
                long now = System.nanoTime();
                if (frames.back() > backBefore) {
                    backBefore = frames.back();
                    lastBack = now;
                } else if (now - lastBack > patienceNanos) {
                    throw new IllegalStateException(
                            "frames are lost: of %d, %s did not come back"
                                    .formatted(frames.sent(), frames.missing()));
                }
                if (now - start > time.toNanos()) {
                    left = 0;
                }
            }
        }
    }

    private int write(MemorySegment buffer) {
        if (left == 0 || !frames.hasRoom()) {
            return 0; // which ends the burst
        }
        left--;
        long number = frames.send();
        buffer.asSlice(0, BYTES).fill((byte) number);
        buffer.set(LONG, NUMBER, number);
        buffer.set(LONG, COMPLEMENT, ~number);
        return BYTES;
    }

    private void check(MemorySegment buffer, int offset, int length) {
        long number = buffer.get(LONG, offset + NUMBER);
        if (length != BYTES
                || buffer.get(LONG, offset + COMPLEMENT) != ~number
                || buffer.get(ValueLayout.JAVA_BYTE, offset) != (byte) number) {
            throw new IllegalStateException(
                    "a frame of %d bytes with the number %d came back (expected: %d bytes, as they were sent)"
                            .formatted(length, number, BYTES));
        }
        frames.takeBack(number);
    }
}
