package dev.virtq.machine.host;

import dev.virtq.device.VirtioException;
import dev.virtq.memory.Extent;
import dev.virtq.memory.MemoryMapping;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory in huge pages, which the kernel neither swaps out nor moves: what is at a physical address
 * stays there. They are mapped in a garbage-collected arena: as long as anybody holds a segment of
 * them, nobody else gets them.
 */
final class HugePages {
    private final MemoryMapping mapping;
    private final long pageBytes;
    private final Path file;

    private HugePages(MemoryMapping mapping, long pageBytes, Path file) {
        this.mapping = mapping;
        this.pageBytes = pageBytes;
        this.file = file;
    }

    /**
     * Takes pages.
     *
     * @param linux where they are from
     * @param bytes how many bytes at least
     * @param addresses tells where each page is
     * @return the pages
     * @throws VirtioException when there are too few, or none at all
     * @throws IOException when the kernel does not show where they are
     */
    static HugePages take(Linux linux, long bytes, PhysicalAddresses addresses) throws IOException {
        HugePageMount mount =
                HugePageMount.find(linux)
                        .orElseThrow(() ->
                                new VirtioException(
                                        "no hugetlbfs is mounted that can be written to, so there is no memory for a device (expected, as root: mount -t hugetlbfs none /mnt)"));
        long pages = Math.ceilDiv(bytes, mount.pageBytes());
        HugePageCounts counts = HugePageCounts.read(linux.hugePages(mount.pageBytes()));
        if (counts.available() < pages) {
            throw counts.tooFew(pages, mount.pageBytes());
        }
        Path file =
                Files.createTempFile(
                        mount.folder(),
                        "virtq-",
                        "",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
        try {
            MemorySegment segment = map(file, pages * mount.pageBytes());
            return new HugePages(
                    new MemoryMapping(segment, extents(segment, mount.pageBytes(), addresses)),
                    mount.pageBytes(),
                    file);
        } catch (IOException | RuntimeException e) {
            Files.delete(file);
            throw e;
        }
    }

    /** Mapping beyond the end makes the file that long, and reserves its pages. */
    private static MemorySegment map(Path file, long bytes) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, Arena.ofAuto());
        }
    }

    private static List<Extent> extents(
            MemorySegment segment, long pageBytes, PhysicalAddresses addresses) throws IOException {
        List<Extent> extents = new ArrayList<>();
        for (long at = 0; at < segment.byteSize(); at += pageBytes) {
            MemorySegment page = segment.asSlice(at, pageBytes);
            page.set(ValueLayout.JAVA_BYTE, 0, (byte) 0); // from now on there is one
            long address = addresses.of(page);
            if (!extents.isEmpty() && extents.getLast().end() == address) {
                Extent before = extents.removeLast();
                extents.add(new Extent(before.address(), before.length() + pageBytes));
            } else {
                extents.add(new Extent(address, pageBytes));
            }
        }
        return extents;
    }

    /** {@return the memory, with the physical addresses under which a device sees it} */
    MemoryMapping mapping() {
        return mapping;
    }

    /** {@return how large a page is} */
    long pageBytes() {
        return pageBytes;
    }

    /** {@return the file of the pages, as long as it has a name} */
    Path file() {
        return file;
    }

    /** Takes the file's name away: it goes with the last of those who have it open or mapped. */
    void unlink() throws IOException {
        Files.deleteIfExists(file);
    }
}
