package dev.virtq.transport.vhostuser.posix;

import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;

/**
 * A range of addresses whose pages show parts of files, as a device's shared memory does: what is
 * mapped comes and goes, and the addresses stay valid.
 *
 * <p>A page that shows no file is memory like any other, zero at first. One that shows a file
 * behind its end is a fault when it is touched (SIGBUS), which the JDK makes an {@link
 * InternalError}; one that shows a file that is only to be read must not be written.
 *
 * <p>Threads: any may use the memory; the other calls come one at a time.
 */
public final class PageWindow {
    private static final int READ_AND_WRITE = 0x1 | 0x2;
    private static final int PRIVATE = 0x2;
    private static final int EXACTLY_THERE = 0x10;
    private static final int NO_FILE = 0x20;
    private static final int NOTHING_RESERVED = 0x4000;
    private static final int MAY_MOVE = 0x1;
    private static final int MOVE_THERE = 0x2;

    private final MemorySegment memory;

    private PageWindow(MemorySegment memory) {
        this.memory = memory;
    }

    /** {@return whether this system has the calls that it takes: Linux has} */
    public static boolean isPossible() {
        return Linker.nativeLinker().defaultLookup().find("mremap").isPresent();
    }

    /**
     * {@return the size of a page, in bytes}
     *
     * @throws PosixException never, on Linux
     */
    public static int pageSize() throws PosixException {
        return Posix.getpagesize();
    }

    /**
     * Reserves addresses. They are given back when nothing of the memory is reachable any more.
     *
     * @param bytes how many; a multiple of the page size
     * @return the window, which shows nothing
     * @throws PosixException when there are not as many
     */
    public static PageWindow reserve(long bytes) throws PosixException {
        long address = map(MemorySegment.NULL, bytes, 0);
        return new PageWindow(
                MemorySegment.ofAddress(address)
                        .reinterpret(bytes, Arena.ofAuto(), start -> unmap(start, bytes)));
    }

    private static long map(MemorySegment address, long bytes, int flags) throws PosixException {
        return Posix.mmap(
                address,
                bytes,
                READ_AND_WRITE,
                PRIVATE | NO_FILE | NOTHING_RESERVED | flags,
                -1,
                0);
    }

    private static void unmap(MemorySegment start, long bytes) {
        try {
            Posix.munmap(start, bytes);
        } catch (PosixException e) {
            throw new IllegalStateException(e);
        }
    }

    /** {@return the memory; any thread may use it} */
    public MemorySegment memory() {
        return memory;
    }

    /**
     * Shows a part of a file. What was shown there before is so no longer; whoever reads there
     * meanwhile sees the one or the other.
     *
     * @param offset where in the window, in bytes; a multiple of the page size
     * @param length how many bytes; a multiple of the page size
     * @param start the first page of that part, from {@link java.nio.channels.FileChannel#map} in
     *     any mode but PRIVATE; those behind it need not be mapped. It can be unmapped afterwards
     * @throws PosixException when the system has no more mappings: nothing is shown there then
     */
    public void show(long offset, long length, MemorySegment start) throws PosixException {
        MemorySegment target = memory.asSlice(offset, length);
        try {
            // An old size of 0 leaves the old mapping, and makes another one of the same pages.
            Posix.mremap(start, 0, length, MAY_MOVE | MOVE_THERE, target);
        } catch (PosixException e) {
            clear(offset, length); // no hole may stay
            throw e;
        }
    }

    /**
     * Shows nothing any more: the pages are memory of their own, all zero.
     *
     * @param offset where in the window, in bytes; a multiple of the page size
     * @param length how many bytes; a multiple of the page size
     * @throws PosixException when the system has no more mappings
     */
    public void clear(long offset, long length) throws PosixException {
        map(memory.asSlice(offset, length), length, EXACTLY_THERE);
    }
}
