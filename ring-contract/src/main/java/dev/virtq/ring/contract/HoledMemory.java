package dev.virtq.ring.contract;

import dev.virtq.memory.DmaBuffer;
import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import java.lang.foreign.Arena;
import java.util.List;

/** One segment here, with a hole in the device's addresses, as a PC has one below 4 GiB. */
final class HoledMemory {
    static final long HOLE = BothEnds.DEVICE_ADDRESS + (512 << 10);
    static final long AFTER = BothEnds.DEVICE_ADDRESS + (16 << 20);

    final DmaMemory memory =
            new DmaMemory(
                    new MemoryMapping(
                            Arena.ofAuto().allocate(1 << 20, 4096),
                            List.of(
                                    new Extent(BothEnds.DEVICE_ADDRESS, 512 << 10),
                                    new Extent(AFTER, 512 << 10))));

    DmaBuffer straddling(long before, long after) {
        return memory.allocateAt(HOLE - before, before + after);
    }
}
