package dev.virtq.cli.network;

import dev.virtq.drivers.net.MacAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A port that writes down every frame that passes through it. A frame that is sent is written down
 * before it goes out, so that a capture shows it ahead of its answer.
 *
 * <p>A capture that cannot be written ends what uses the port, with an {@link
 * UncheckedIOException}: a capture with silent gaps would be worse than none.
 */
public final class CapturingPort implements FramePort {
    private final FramePort port;
    private final PcapngWriter writer;
    private final NanoClock clock;
    private final long epochOffset;
    private long frames;

    /**
     * Wraps a port.
     *
     * @param port where the frames go to and come from
     * @param writer where they are written down; stays open
     */
    public CapturingPort(FramePort port, PcapngWriter writer) {
        this(port, writer, Clock.systemUTC(), NanoClock.SYSTEM);
    }

    /** The wall clock is read once: differences between frames come from the monotonic one. */
    CapturingPort(FramePort port, PcapngWriter writer, Clock wallClock, NanoClock clock) {
        this.port = port;
        this.writer = writer;
        this.clock = clock;
        Instant now = wallClock.instant();
        this.epochOffset =
                Math.addExact(
                                Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L),
                                now.getNano())
                        - clock.nanoTime();
    }

    /** {@return how many frames were written down} */
    public long frames() {
        return frames;
    }

    @Override
    public MacAddress mac() {
        return port.mac();
    }

    @Override
    public int mtu() {
        return port.mtu();
    }

    @Override
    public void send(MemorySegment frame) {
        record(CaptureDirection.OUTBOUND, frame);
        port.send(frame);
    }

    @Override
    public @Nullable MemorySegment receive(Duration timeout) throws InterruptedException {
        MemorySegment frame = port.receive(timeout);
        if (frame != null) {
            record(CaptureDirection.INBOUND, frame);
        }
        return frame;
    }

    private void record(CaptureDirection direction, MemorySegment frame) {
        try {
            writer.write(direction, epochOffset + clock.nanoTime(), frame, null);
            frames++;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot write the capture: %s".formatted(e.getMessage()), e);
        }
    }
}
