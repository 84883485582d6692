package dev.virtq.cli.session;

import dev.virtq.cli.network.CapturingPort;
import dev.virtq.cli.network.FramePort;
import dev.virtq.cli.network.PcapngWriter;
import dev.virtq.drivers.net.MacAddress;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Frames on their way to a pcapng file: all that pass, up to a number of them. */
public final class Capture implements FramePort, AutoCloseable {
    private final Path file;
    private final PcapngWriter writer;
    private final FramePort wire;
    private final CapturingPort capturing;
    private final long limit;

    private Capture(Path file, PcapngWriter writer, FramePort wire, long limit) {
        this.file = file;
        this.writer = writer;
        this.wire = wire;
        this.limit = limit;
        capturing = new CapturingPort(wire, writer);
    }

    static Capture start(Path file, String name, FramePort wire, long limit) throws IOException {
        return new Capture(file, PcapngWriter.create(file, name, wire.mac()), wire, limit);
    }

    /** {@return where the frames are written} */
    public Path file() {
        return file;
    }

    /** {@return how many frames were written} */
    public long frames() {
        return capturing.frames();
    }

    /** {@return whether as many frames were written as there shall be} */
    public boolean isFull() {
        return frames() >= limit;
    }

    @Override
    public MacAddress mac() {
        return wire.mac();
    }

    @Override
    public int mtu() {
        return wire.mtu();
    }

    @Override
    public void send(MemorySegment frame) {
        (isFull() ? wire : capturing).send(frame);
    }

    @Override
    public @Nullable MemorySegment receive(Duration timeout) throws InterruptedException {
        return (isFull() ? wire : capturing).receive(timeout);
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
