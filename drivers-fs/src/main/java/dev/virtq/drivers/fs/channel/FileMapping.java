package dev.virtq.drivers.fs.channel;

import dev.virtq.drivers.fs.window.DaxWindow;
import dev.virtq.memory.RegionMemory;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;

/**
 * Maps parts of an open file, with the checks of the JDK's own channels, in their order. What is
 * private is a copy: it takes nothing of the window.
 */
final class FileMapping {
    private static final int MOST_AT_ONCE = 1 << 30;

    private final OpenHandle handle;
    private final Transfers transfers;
    private final DaxWindow window;

    FileMapping(OpenHandle handle, Transfers transfers, DaxWindow window) {
        this.handle = handle;
        this.transfers = transfers;
        this.window = window;
    }

    void check(MapMode mode, long offset, long size) {
        ShareFileChannel.checkNotNegative(offset, "position");
        ShareFileChannel.checkNotNegative(size, "size");
        if (offset + size < 0) {
            throw new IllegalArgumentException(
                    "position %d and %d bytes (expected: an end within 2^63)"
                            .formatted(offset, size));
        }
        if (mode != MapMode.READ_ONLY && mode != MapMode.READ_WRITE && mode != MapMode.PRIVATE) {
            throw new UnsupportedOperationException(
                    "the mode %s (expected: READ_ONLY, READ_WRITE or PRIVATE)".formatted(mode));
        }
        if (mode != MapMode.READ_ONLY && !handle.modes().writes()) {
            throw new NonWritableChannelException();
        }
        if (!handle.modes().reads()) {
            throw new NonReadableChannelException();
        }
    }

    /** Maps a part; {@link #check} was done. */
    MemorySegment map(MapMode mode, long offset, long size, Arena arena) throws IOException {
        if (handle.isDirectory()) {
            throw new IOException("Is a directory");
        }
        window.check();
        extend(offset + size);
        boolean write = mode != MapMode.READ_ONLY;
        if (size == 0 || mode == MapMode.PRIVATE) {
            MemorySegment copy = copy(offset, size, arena);
            return write ? copy : copy.asReadOnly();
        }
        return window.map(handle.node().id(), handle.file(), offset, size, write, arena);
    }

    private void extend(long size) throws IOException {
        if (handle.size() < size) {
            if (!handle.modes().writes()) {
                throw new IOException(
                        "Channel not open for writing - cannot extend file to required size");
            }
            handle.truncate(size);
        }
    }

    private MemorySegment copy(long offset, long size, Arena arena) throws IOException {
        MemorySegment copy = Arena.ofAuto().allocate(size, Long.BYTES);
        long done = 0;
        while (done < size) {
            long part = Math.min(MOST_AT_ONCE, size - done);
            int count = transfers.read(copy.asSlice(done, part).asByteBuffer(), offset + done);
            if (count < 0) {
                break; // somebody has cut the file off: zeros are left
            }
            done += count;
        }
        // Not every arena allocates: some only say how long a mapping lives.
        return new RegionMemory(copy).view(0, size, arena, () -> {});
    }

    /**
     * Has a segment as what {@link java.nio.channels.FileChannel#map} gives; it keeps the mapping
     * as the segment does. In this JDK every direct buffer is one: of memory that the JDK has not
     * mapped itself, its {@code force} does nothing, as is allowed for a file that is not local.
     */
    static MappedByteBuffer buffer(MemorySegment segment) {
        ByteBuffer buffer = segment.asByteBuffer();
        if (buffer instanceof MappedByteBuffer mapped) {
            return mapped;
        }
        throw new UnsupportedOperationException(
                "this JDK makes no MappedByteBuffer of memory that it has not mapped itself (instead: map with an Arena)");
    }
}
