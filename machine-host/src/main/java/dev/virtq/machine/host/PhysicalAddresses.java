package dev.virtq.machine.host;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Tells where memory of this process really is. */
@FunctionalInterface
interface PhysicalAddresses {
    /**
     * {@return the physical address of the first byte}
     *
     * @param memory of this process, whose first page has been touched, and stays where it is
     * @throws IOException when it is not shown
     */
    long of(MemorySegment memory) throws IOException;
}
