package dev.virtq.cli.session;

import dev.virtq.cli.network.FramePort;
import dev.virtq.cli.value.CommandException;
import dev.virtq.drivers.net.MacAddress;
import dev.virtq.drivers.net.NetDevice;
import dev.virtq.memory.DmaBuffer;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The network driver as a port. Frames that go out can be made to lie across a hole of memory. */
public final class DevicePort implements FramePort {
    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(1);

    private final NetDevice device;
    private @Nullable MemoryHole across;

    DevicePort(NetDevice device) {
        this.device = device;
    }

    /**
     * Makes every frame that goes out lie across a hole from now on.
     *
     * @param hole the hole; {@code null} for frames that lie anywhere again
     */
    public void sendAcross(@Nullable MemoryHole hole) {
        across = hole;
    }

    @Override
    public MacAddress mac() {
        return device.mac();
    }

    @Override
    public int mtu() {
        return device.mtu();
    }

    @Override
    public void send(MemorySegment frame) {
        MemoryHole hole = across;
        try {
            if (hole == null) {
                device.send(frame);
            } else {
                sendAcross(hole, frame);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandException("interrupted while a frame was sent", e);
        }
    }

    @Override
    public @Nullable MemorySegment receive(Duration timeout) throws InterruptedException {
        return device.receive(timeout);
    }

    /** After a timeout the buffer is the driver's, which frees it when the device is done. */
    private void sendAcross(MemoryHole hole, MemorySegment frame) throws InterruptedException {
        DmaBuffer buffer = hole.straddle(device.device().memory(), frame.byteSize());
        try {
            buffer.copyFrom(0, frame);
        } catch (RuntimeException e) {
            buffer.close();
            throw e;
        }
        device.send(buffer, SEND_TIMEOUT);
        buffer.close();
    }
}
