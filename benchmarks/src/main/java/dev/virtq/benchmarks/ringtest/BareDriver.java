package dev.virtq.benchmarks.ringtest;

import dev.virtq.memory.DmaMemory;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DriverRing;
import java.util.List;

/** Drives the driver end of a ring and nothing above it, as the ring test does. */
final class BareDriver implements DriverSide {
    /** The buffers take turns: as many of them as a power of two. */
    private static final int LAST = RoundTrips.OUTSTANDING - 1;

    private final DriverRing ring;
    private final int[] idle = new int[RoundTrips.OUTSTANDING];
    private int sent;
    private int back;

    BareDriver(DriverRing ring, DmaMemory memory) {
        this.ring = ring;
        for (int i = 0; i < idle.length; i++) {
            var extents = memory.allocate(RoundTrips.BUFFER_BYTES).extents();
            idle[i] = ring.reserve(new Chain(List.of(extents), 0));
        }
    }

    @Override
    public void send() {
        ring.stage(idle[sent++ & LAST]);
    }

    @Override
    public void publish() {
        ring.publish();
    }

    @Override
    public boolean takeBack() {
        int id = ring.poll();
        if (id == DriverRing.NOTHING) {
            return false;
        }
        if (ring.usedLength() != DeviceSide.WRITTEN) {
            throw new AssertionError("used length " + ring.usedLength());
        }
        idle[back++ & LAST] = id;
        return true;
    }
}
