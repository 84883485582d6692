package dev.virtq.benchmarks.stress;

import dev.virtq.benchmarks.Formats;
import dev.virtq.device.CommonFeature;
import dev.virtq.device.FeatureSet;
import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.queue.ring.Chain;
import dev.virtq.queue.ring.DeviceRing;
import dev.virtq.queue.ring.DriverRing;
import dev.virtq.queue.ring.IndirectUse;
import dev.virtq.queue.ring.RingFormat;
import dev.virtq.queue.ring.RingRequest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** A ring of two entries for one actor at each end, made anew for each round. */
final class StressedRing {
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    final DriverRing driver;
    final DeviceRing device;

    /** One buffer that the device may write. */
    final Chain chain;

    /** Its bytes, plain: only the ring orders what is done to them. */
    final MemorySegment bytes;

    StressedRing(String formatName, boolean eventIndex) {
        DmaMemory memory =
                new DmaMemory(
                        MemoryMapping.contiguous(Arena.ofAuto().allocate(1024, 128), 1 << 20));
        FeatureSet accepted = Formats.choosing(formatName);
        if (eventIndex) {
            accepted = accepted.with(CommonFeature.EVENT_IDX);
        }
        RingFormat format = Formats.named(formatName);
        driver = format.createDriverEnd(new RingRequest(0, 2, accepted, memory, IndirectUse.NEVER));
        device = format.createDeviceEnd(driver.setup(), accepted, memory);
        DmaBuffer buffer = memory.allocate(Long.BYTES);
        chain = new Chain(List.of(buffer.extents()), 0);
        bytes = buffer.trusted();
    }

    /** Puts one chain into the device's hands. {@return its id} */
    int sendToDevice() {
        int id = driver.reserve(chain);
        driver.stage(id);
        driver.publish();
        if (!device.take()) {
            throw new AssertionError("the device did not see what was published before");
        }
        return id;
    }
}
