package dev.virtq.transport.vhostuser.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory that can be shared: a file without a name (memfd_create(2)). */
public final class MemoryFile extends FileDescriptor {
    private static final int CLOSE_ON_EXEC = 0x1;
    private static final int ALLOW_SEALING = 0x2;
    private static final int HUGE_PAGES = 0x4 | (21 << 26); // of 2 MiB
    private static final int READ_AND_WRITE = 0x1 | 0x2;
    private static final int SHARED = 0x1;
    private static final int FROM_THE_END = 2;
    private static final int ADD_SEALS = 1033;

    /** No more seals, no other length. */
    private static final int SEALS = 0x1 | 0x2 | 0x4;

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
        MemoryFile file;
        try (Arena arena = Arena.ofConfined()) {
            file =
                    new MemoryFile(
                            Posix.memfdCreate(
                                    arena.allocateFrom("virtq"),
                                    CLOSE_ON_EXEC | ALLOW_SEALING | (hugePages ? HUGE_PAGES : 0)));
        }
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
        long address = Posix.mmap(bytes, READ_AND_WRITE, SHARED, number(), offset);
        return MemorySegment.ofAddress(address)
                .reinterpret(bytes, Arena.ofAuto(), start -> unmap(start, bytes));
    }

    private static void unmap(MemorySegment start, long bytes) {
        try {
            Posix.munmap(start, bytes);
        } catch (PosixException e) {
            throw new IllegalStateException(e);
        }
    }
}
