package dev.virtq.e2e;

import dev.virtq.cli.network.FramePort;
import dev.virtq.drivers.net.MacAddress;
import dev.virtq.drivers.net.NetDevice;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The network driver as the clients want it. */
record NetWire(NetDevice device) implements FramePort {
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
        try {
            device.send(frame);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public @Nullable MemorySegment receive(Duration timeout) throws InterruptedException {
        return device.receive(timeout);
    }
}
