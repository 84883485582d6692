package dev.virtq.drivers.fs.window;

import dev.virtq.device.DeviceFaultException;
import dev.virtq.device.SharedMemoryRegion;
import dev.virtq.device.Transport;
import dev.virtq.device.VirtioException;
import dev.virtq.drivers.fs.fuse.FuseClient;
import dev.virtq.drivers.fs.fuse.FuseException;
import dev.virtq.drivers.fs.fuse.FuseProtocolException;
import dev.virtq.drivers.fs.fuse.OpenFile;
import dev.virtq.drivers.fs.fuse.WindowRange;
import dev.virtq.memory.RegionMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The DAX window of a share (virtio 1.4, section 5.11.6.4): memory of the device in which parts of
 * files are shown. It is looked for when the first file is mapped.
 *
 * <p>A part is given back when nobody can reach it any more. Nothing but what is mapped is ever
 * handed out (5.11.6.4.2#3); once the share is closed, what was handed out is memory of which
 * nobody says what it shows. Threads: any.
 */
public final class DaxWindow {
    /** Region 0 of the device (5.11.6.4.1#2). */
    private static final int REGION = 0;

    /** The least that a memory management unit maps. */
    private static final long PAGE = 4096;

    private static final int TRIES = 100;
    private static final long PAUSE_MILLIS = 10;

    private final FuseClient client;
    private @Nullable Open open;
    private boolean closed;

    /**
     * The window of a mount.
     *
     * @param client who asks the server
     */
    public DaxWindow(FuseClient client) {
        this.client = client;
    }

    private record Open(
            RegionMemory memory,
            long size,
            long granule,
            FreeRanges free,
            ReturnedRanges returned) {}

    /**
     * {@return how large the window is, in bytes; empty when there is none}
     *
     * @throws IOException when what the device says of it makes no sense
     */
    public Optional<Long> size() throws IOException {
        SharedMemoryRegion region = region();
        return region == null ? Optional.empty() : Optional.of(region.length());
    }

    /**
     * Refuses to go on where there is no window.
     *
     * @throws UnsupportedOperationException when the device has none, or none in reach
     * @throws IOException when what the device says of it makes no sense
     */
    public void check() throws IOException {
        open();
    }

    /**
     * Maps a part of an open file.
     *
     * @param node the file
     * @param file as it was opened
     * @param offset where it starts, in bytes
     * @param length how many bytes, 1 or more
     * @param write whether it can be written
     * @param arena how long it is mapped
     * @return its bytes
     * @throws UnsupportedOperationException when the device has no window, or none in reach
     * @throws IOException when there is no room, the server refuses it, or cannot be asked
     */
    public MemorySegment map(
            long node, OpenFile file, long offset, long length, boolean write, Arena arena)
            throws IOException {
        Open window = open();
        long before = offset % window.granule;
        if (length > window.size - before) {
            throw new IOException(
                    "%d bytes at offset %d cannot be mapped at once: the DAX window has %d (instead: map parts, or read)"
                            .formatted(length, offset, window.size));
        }
        long rounded = -Math.floorDiv(-(before + length), window.granule) * window.granule;
        WindowRange range = take(window, rounded);
        try {
            client.window().setUp(node, file, offset - before, range, write);
        } catch (FuseException | FuseProtocolException e) {
            window.free.giveBack(range); // the next mapping replaces what may be there
            throw e;
        } // when there was no answer, it may be mapped later: the range is not used again
        try {
            return window.memory.map(
                    range.offset() + before,
                    length,
                    write,
                    arena,
                    () -> window.returned.add(range));
        } catch (IOException | RuntimeException e) {
            // Nothing is there, or the arena was closed or is another thread's.
            window.returned.add(range);
            throw e;
        }
    }

    /** Takes a range. What is not reachable any more, and was not collected yet, counts as free. */
    private static WindowRange take(Open window, long length) throws IOException {
        WindowRange range = window.free.take(length);
        if (range == null) {
            window.returned.tell();
            range = window.free.take(length);
        }
        if (range == null) {
            range = takeCollected(window, length);
        }
        if (range == null) {
            throw new IOException(
                    "the DAX window has no room for %d bytes: of %d bytes %d are free, %d of them in one piece (close an arena, drop a buffer, or map less)"
                            .formatted(
                                    length,
                                    window.size,
                                    window.free.total(),
                                    window.free.largest()));
        }
        return range;
    }

    /** As the JDK does when the system has no room for a mapping. */
    private static @Nullable WindowRange takeCollected(Open window, long length) {
        System.gc();
        for (int i = 0; i < TRIES; i++) {
            try {
                Thread.sleep(PAUSE_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            }
            window.returned.tell();
            WindowRange range = window.free.take(length);
            if (range != null) {
                return range;
            }
        }
        return null;
    }

    private synchronized Open open() throws IOException {
        Open known = open;
        if (known == null) {
            known = find();
            if (closed) {
                known.returned.close();
            }
            open = known;
        }
        return known;
    }

    private Open find() throws IOException {
        SharedMemoryRegion region = region();
        if (region == null) {
            throw new UnsupportedOperationException(
                    "this device has no DAX window, so none of its files can be mapped (virtio 1.4, 5.11.6.4; instead: read them, or have its VMM give it one)");
        }
        RegionMemory memory = memory(region);
        if (memory.size() < region.length()) {
            throw nonsense(
                    "region 0 has %d bytes, and %d of them are there"
                            .formatted(region.length(), memory.size()));
        }
        long granule = Math.max(PAGE, client.session().mapAlignment());
        long size = region.length() - region.length() % granule;
        if (size == 0) {
            throw nonsense(
                    "region 0 has %d bytes, and mappings are aligned to %d"
                            .formatted(region.length(), granule));
        }
        FreeRanges free = new FreeRanges(size);
        return new Open(memory, size, granule, free, new ReturnedRanges(client.window(), free));
    }

    private RegionMemory memory(SharedMemoryRegion region) throws IOException {
        try {
            return transport()
                    .sharedMemory(region)
                    .orElseThrow(() ->
                            new UnsupportedOperationException(
                                    "the DAX window of this device is out of reach: %s gives registers, and no memory (instead: read the files)"
                                            .formatted(transport().name())));
        } catch (VirtioException e) {
            throw unusable(e);
        }
    }

    private static IOException unusable(VirtioException cause) {
        return new IOException(
                "the device's DAX window cannot be used: " + cause.getMessage(), cause);
    }

    private @Nullable SharedMemoryRegion region() throws IOException {
        try {
            for (SharedMemoryRegion region : transport().sharedMemoryRegions()) {
                if (region.id() == REGION) {
                    if (region.length() <= 0) { // it is unsigned
                        throw nonsense(
                                "region 0 has %s bytes"
                                        .formatted(Long.toUnsignedString(region.length())));
                    }
                    return region;
                }
            }
            return null;
        } catch (VirtioException e) {
            throw unusable(e);
        }
    }

    private Transport transport() {
        return client.connection().device().transport();
    }

    private static IOException nonsense(String evidence) {
        DeviceFaultException fault =
                new DeviceFaultException("the DAX window makes no sense", "5.11.6.4", evidence);
        return new IOException(fault.getMessage(), fault);
    }

    /** Gives nothing back any more: the server does by itself. */
    public synchronized void close() {
        closed = true;
        Open known = open;
        if (known != null) {
            known.returned.close();
        }
    }
}
