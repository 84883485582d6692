package dev.virtq.transport.vhostuser.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Memory that can be shared: a file without a name (memfd_create(2)). */
public final class MemoryFile extends FileDescriptor {
    private static final int CLOSE_ON_EXEC = 0x1;
    private static final int ALLOW_SEALING = 0x2;
    private static final int HUGE_PAGES = 0x4 | (21 << 26); // of 2 MiB
    private static final int READ_AND_WRITE = 0x1 | 0x2;
    private static final int SHARED = 0x1;
    private static final int EXACTLY_THERE = 0x10;
    private static final int FROM_THE_END = 2;
    private static final int ADD_SEALS = 1033;

    /** No more seals, no other length. */
    private static final int SEALS = 0x1 | 0x2 | 0x4;

    private static final int NEXT_DATA = 3;
    private static final int NEXT_HOLE = 4;

    MemoryFile(int number) {
        super(number);
    }

    /**
     * Makes a file, all zero. Nobody can change its length.
     *
     * @param bytes how long; a multiple of the page size
     * @param hugePages whether of pages of 2 MiB; the system may have too few
     * @return the file
     * @throws PosixException when there is not enough memory
     */
    public static MemoryFile create(long bytes, boolean hugePages) throws PosixException {
        MemoryFile file = create(ALLOW_SEALING | (hugePages ? HUGE_PAGES : 0));
        try {
            Posix.ftruncate(file.number(), bytes);
            // Whoever it is shared with could cut it off, and the next access here would be a
            // fault (SIGBUS).
            Posix.fcntl(file.number(), ADD_SEALS, SEALS);
            return file;
        } catch (PosixException e) {
            file.close();
            throw e;
        }
    }

    private static MemoryFile create(int flags) throws PosixException {
        try (Arena arena = Arena.ofConfined()) {
            return new MemoryFile(
                    Posix.memfdCreate(arena.allocateFrom("virtq"), CLOSE_ON_EXEC | flags));
        }
    }

    /**
     * Makes a file that is empty, and grows and shrinks as any other.
     *
     * @return the file, to be read, written and mapped; it is gone when the channel is closed and
     *     nothing of it is mapped
     * @throws IOException when there is not enough memory, or are too many open files
     */
    public static FileChannel growing() throws IOException {
        try (MemoryFile file = create(0)) {
            return FileChannel.open(
                    Path.of("/proc/self/fd/" + file.number()),
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
        }
    }

    /**
     * {@return how long the file is, in bytes}
     *
     * @throws PosixException when it was closed, or is no file
     */
    public long size() throws PosixException {
        return Posix.lseek(number(), 0, FROM_THE_END);
    }

    /**
     * Maps the file. The mapping goes with the last view of it, whether or not the file is open.
     *
     * @param bytes how many from the start
     * @return the memory; any thread may use it
     * @throws PosixException when it cannot be mapped; with huge pages, when there are too few
     */
    public MemorySegment map(long bytes) throws PosixException {
        return map(0, bytes);
    }

    /**
     * Maps a part of the file; see {@link #map(long)}.
     *
     * @param offset where it starts; a multiple of the page size
     * @param bytes how many; those behind the file's end must not be touched
     * @return the memory; any thread may use it
     * @throws PosixException when it cannot be mapped
     */
    public MemorySegment map(long offset, long bytes) throws PosixException {
        return map(Arena.ofAuto(), offset, bytes);
    }

    /**
     * Maps a part of the file; see {@link #map(long)}.
     *
     * @param arena with which the mapping goes
     * @param offset where it starts; a multiple of the page size
     * @param bytes how many; those behind the file's end must not be touched
     * @return the memory
     * @throws PosixException when it cannot be mapped
     */
    public MemorySegment map(Arena arena, long offset, long bytes) throws PosixException {
        long address =
                Posix.mmap(MemorySegment.NULL, bytes, READ_AND_WRITE, SHARED, number(), offset);
        return MemorySegment.ofAddress(address)
                .reinterpret(bytes, arena, start -> unmap(start, bytes));
    }

    /**
     * Maps the file from its start in the place of another one: each view of that mapping shows
     * this file from then on. Whoever reads there meanwhile sees the one or the other.
     *
     * @param mapping what {@link #map(long)} gave, all of it, whose addresses are a multiple of
     *     this file's page size
     * @throws PosixException when it cannot be mapped
     */
    public void mapOver(MemorySegment mapping) throws PosixException {
        Posix.mmap(
                mapping, mapping.byteSize(), READ_AND_WRITE, SHARED | EXACTLY_THERE, number(), 0);
    }

    /**
     * {@return where in the file, from an offset on, there is something, and not only what was
     * never written, which reads as zero; -1 when there is nothing more}
     *
     * @param offset in bytes
     * @throws PosixException when it was closed
     */
    public long nextData(long offset) throws PosixException {
        try {
            return Posix.lseek(number(), offset, NEXT_DATA);
        } catch (PosixException e) {
            if (e.is(Errno.ENXIO)) {
                return -1;
            }
            throw e;
        }
    }

    /**
     * {@return where in the file what was found by {@link #nextData} ends}
     *
     * @param offset in bytes, of something
     * @throws PosixException when it was closed
     */
    public long endOfData(long offset) throws PosixException {
        return Posix.lseek(number(), offset, NEXT_HOLE);
    }

    private static void unmap(MemorySegment start, long bytes) {
        try {
            Posix.munmap(start, bytes);
        } catch (PosixException e) {
            throw new IllegalStateException(e);
        }
    }
}
