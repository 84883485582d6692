package dev.virtq.machine.qemu;

import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The machine's RAM as the JVM sees it: one segment over the file that QEMU maps too.
 *
 * <p>It is mapped in a garbage-collected arena, so that it stays mapped as long as anybody holds a
 * segment of it, and the end of the machine unmaps it under nobody.
 *
 * @param segment all of the RAM, in the order of the file
 * @param runs where the guest sees which part of it, in the order of the file
 */
public record SharedRam(MemorySegment segment, List<RamRun> runs) {
    /**
     * Below are the interrupt vectors of a PC, its video memory and its firmware: nothing that a
     * device should be given, and not all of it RAM.
     */
    private static final long FIRST_MEGABYTE = 1L << 20;

    /** Keeps the runs from being changed. */
    public SharedRam {
        runs = List.copyOf(runs);
    }

    /** Makes the file, sparse and of full size, and maps it. */
    static MemorySegment create(Path file, long bytes) {
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE)) {
            // Mapping beyond the end makes the file that long.
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, Arena.ofAuto());
        } catch (IOException failure) {
            throw new QemuException(
                    "cannot make a RAM file of %d MiB at %s: %s"
                            .formatted(bytes >> 20, file, failure.getMessage()),
                    failure);
        }
    }

    /**
     * The RAM from the first megabyte on, for buffers and rings.
     *
     * @return the memory, with the addresses under which devices see it
     */
    public MemoryMapping dmaMapping() {
        List<Extent> extents = new ArrayList<>();
        long next = FIRST_MEGABYTE;
        for (RamRun run : runs) {
            if (run.end() <= FIRST_MEGABYTE) {
                continue;
            }
            long cut = Math.max(0, FIRST_MEGABYTE - run.offset());
            if (run.offset() + cut != next) {
                throw new QemuException(
                        "the machine does not show its RAM from offset 0x%x on: %s"
                                .formatted(next, runs));
            }
            extents.add(new Extent(run.address() + cut, run.length() - cut));
            next = run.end();
        }
        if (next != segment.byteSize()) {
            throw new QemuException(
                    "the machine shows its RAM up to offset 0x%x of 0x%x only: %s"
                            .formatted(next, segment.byteSize(), runs));
        }
        return new MemoryMapping(segment.asSlice(FIRST_MEGABYTE), extents);
    }
}
