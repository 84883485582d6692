package dev.virtq.cli.network;

import dev.virtq.drivers.net.MacAddress;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A port whose far side is a function of each frame sent. Time passes only while somebody waits,
 * and 100 µs for each frame that is received. What was received is overwritten at the next receive,
 * as a driver does that recycles its buffers.
 */
final class ScriptedPort implements FramePort {
    static final MacAddress MAC = MacAddress.parse("52:54:00:12:34:56");
    static final Duration LATENCY = Duration.ofNanos(100_000);

    final ManualClock clock = new ManualClock();
    final List<MemorySegment> sent = new ArrayList<>();
    final Queue<MemorySegment> incoming = new ArrayDeque<>();
    private final Consumer<MemorySegment> farSide;
    private final MemorySegment receiveBuffer = MemorySegment.ofArray(new byte[9018]);
    private final int mtu;
    private long lastLength;

    ScriptedPort(Consumer<MemorySegment> farSide) {
        this(1500, farSide);
    }

    ScriptedPort(int mtu, Consumer<MemorySegment> farSide) {
        this.mtu = mtu;
        this.farSide = farSide;
    }

    static MemorySegment copy(MemorySegment frame) {
        MemorySegment copy = MemorySegment.ofArray(new byte[(int) frame.byteSize()]);
        return copy.copyFrom(frame);
    }

    void deliver(MemorySegment frame) {
        incoming.add(copy(frame));
    }

    @Override
    public MacAddress mac() {
        return MAC;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public void send(MemorySegment frame) {
        MemorySegment copy = copy(frame);
        sent.add(copy);
        farSide.accept(copy);
    }

    @Override
    public @Nullable MemorySegment receive(Duration timeout) {
        receiveBuffer.asSlice(0, lastLength).fill((byte) 0xee);
        MemorySegment next = incoming.poll();
        if (next == null) {
            clock.advance(timeout);
            return null;
        }
        clock.advance(LATENCY);
        MemorySegment frame = receiveBuffer.asSlice(0, next.byteSize());
        frame.copyFrom(next);
        lastLength = frame.byteSize();
        return frame;
    }
}
