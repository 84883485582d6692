package dev.virtq.transport.vhostuser;

import dev.virtq.memory.DmaMemory;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import dev.virtq.transport.vhostuser.posix.MemoryFile;
import dev.virtq.transport.vhostuser.posix.PosixException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory for driver and back end: one file, in two runs of addresses with a hole between, as a PC
 * has it. Device addresses serve as user addresses, too.
 */
final class SharedRam implements AutoCloseable {
    private static final long HUGE_PAGE = 2L << 20;

    /** Not 0, so that an address that was never set leads nowhere. */
    private static final long LOW_ADDRESS = 0x100_0000;

    private static final long HIGH_ADDRESS = 0x1_0000_0000L;
    private static final long MOST_BYTES = 1L << 40;

    private final MemorySegment segment;
    private final DmaMemory memory;
    private final List<Region> regions;
    private volatile MemoryFile file;
    private volatile boolean hugePages;

    private SharedRam(MemoryFile file, MemorySegment segment, boolean hugePages) {
        this.file = file;
        this.segment = segment;
        this.hugePages = hugePages;
        List<Extent> extents = runs(segment.byteSize());
        memory = new DmaMemory(new MemoryMapping(segment, extents));
        List<Region> described = new ArrayList<>();
        long offset = 0;
        for (Extent extent : extents) {
            described.add(new Region(extent.address(), extent.length(), offset));
            offset += extent.length();
        }
        regions = List.copyOf(described);
    }

    /**
     * A run of addresses.
     *
     * @param address the first
     * @param length how many bytes
     * @param offset where it starts in the file
     */
    record Region(long address, long length, long offset) {}

    /** {@return two runs: half of it low, as far as there is room below 4 GiB, the rest high} */
    static List<Extent> runs(long bytes) {
        long low = Math.min(bytes / 2, HIGH_ADDRESS - LOW_ADDRESS);
        return List.of(new Extent(LOW_ADDRESS, low), new Extent(HIGH_ADDRESS, bytes - low));
    }

    /**
     * Allocates memory, of huge pages when there are enough.
     *
     * @param bytes how many; rounded up so that each run has whole huge pages
     */
    static SharedRam allocate(long bytes) throws PosixException {
        if (bytes < 1 || bytes > MOST_BYTES) {
            throw new IllegalArgumentException(
                    "%d bytes of memory (expected: 1..%d)".formatted(bytes, MOST_BYTES));
        }
        long length = Math.ceilDiv(bytes, 2 * HUGE_PAGE) * 2 * HUGE_PAGE;
        try {
            return allocate(length, true);
        } catch (PosixException e) {
            return allocate(length, false);
        }
    }

    private static SharedRam allocate(long length, boolean hugePages) throws PosixException {
        MemoryFile file = MemoryFile.create(length, hugePages);
        try {
            return new SharedRam(file, file.map(length), hugePages);
        } catch (PosixException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Takes other pages from now on, with the same content at the same addresses. Whoever has the
     * file of before keeps the pages of before, and what he writes there nobody sees any more. What
     * is written from here meanwhile may be lost.
     *
     * @throws PosixException when there is not enough memory for both; nothing has changed then
     */
    synchronized void renew() throws PosixException {
        if (hugePages) {
            try {
                renew(true);
                return;
            } catch (PosixException e) {
                // Too few huge pages for both: small ones have the same bytes.
            }
        }
        renew(false);
    }

    /** As {@link #renew()}, with pages of one kind: huge ones take the place of huge ones only. */
    synchronized void renew(boolean huge) throws PosixException {
        MemoryFile before = file;
        MemoryFile other = MemoryFile.create(segment.byteSize(), huge);
        // Mapped twice at the end: so huge pages are reserved before the old mapping goes, and
        // nothing that may be short is asked for when there is no way back.
        try (Arena arena = Arena.ofConfined()) {
            copy(before, other.map(arena, 0, segment.byteSize()));
            other.mapOver(segment);
        } catch (PosixException e) {
            other.close();
            throw e;
        }
        file = other;
        hugePages = huge;
        before.close();
    }

    /** What was never written reads as zero, and need not be made to exist for that. */
    private void copy(MemoryFile from, MemorySegment target) throws PosixException {
        long at = from.nextData(0);
        while (at >= 0 && at < segment.byteSize()) {
            long end = from.endOfData(at);
            MemorySegment.copy(segment, at, target, at, end - at);
            at = from.nextData(end);
        }
    }

    MemoryFile file() {
        return file;
    }

    DmaMemory memory() {
        return memory;
    }

    List<Region> regions() {
        return regions;
    }

    /** {@return whether there were enough huge pages} */
    boolean hasHugePages() {
        return hugePages;
    }

    /** The file goes; what is mapped stays until the last view is gone. */
    @Override
    public synchronized void close() {
        memory.close();
        file.close();
    }
}
