package dev.virtq.queue.ring;

import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Finds indirect tables for a device end, as an offset into one of memory's extents, so that no
 * object is made for a table. (A compiler removes a slice that nobody keeps only until it has seen
 * a table that is not there: one fault, and each later table would cost an allocation.)
 *
 * <p>Not thread safe.
 */
public final class TableMemory {
    /** What {@link #find} gives when the table is not in memory. */
    public static final long NOWHERE = -1;

    private final DmaMemory memory;
    private long[] starts = {};
    private MemorySegment[] extents = {};
    private MemorySegment extent = MemorySegment.NULL;

    /**
     * Looks for tables in this memory.
     *
     * @param memory where the driver's addresses lead
     */
    public TableMemory(DmaMemory memory) {
        this.memory = memory;
    }

    /**
     * Looks for a table.
     *
     * @param address its device address
     * @param bytes how many there are, 1 or more
     * @return where it is in {@link #extent}, in bytes; or {@link #NOWHERE}
     */
    public long find(long address, long bytes) {
        long found = search(address, bytes);
        if (found == NOWHERE && memory.contains(address, bytes)) {
            lookAgain(); // the memory was registered since
            found = search(address, bytes);
        }
        return found;
    }

    /** {@return the extent that the table is in that was found last} */
    public MemorySegment extent() {
        return extent;
    }

    private long search(long address, long bytes) {
        for (int i = 0; i < starts.length; i++) {
            long into = address - starts[i];
            if (into >= 0 && into <= extents[i].byteSize() - bytes) {
                extent = extents[i];
                return into;
            }
        }
        return NOWHERE;
    }

    private void lookAgain() {
        List<Extent> known = memory.extents();
        starts = known.stream().mapToLong(Extent::address).toArray();
        extents =
                known.stream()
                        .map(it -> memory.at(it.address(), it.length()).orElseThrow())
                        .toArray(MemorySegment[]::new);
    }
}
