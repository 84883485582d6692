package dev.virtq.transport.vhostuser.posix;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;

/**
 * A range of addresses whose pages show parts of files, as a device's shared memory does: what is
 * mapped comes and goes, and the addresses stay valid.
 *
 * <p>A page that shows no file is memory like any other, zero at first. One that shows a file
 * behind its end is a fault when it is touched (SIGBUS), which the JDK makes an {@link
 * InternalError}; one that shows a file that is only to be read must not be written.
 *
 * <p>Threads: any may use the memory and map it; the other calls come one at a time.
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
    private final int pageSize;

    /** What the JDK maps, so that it takes an address for one of a mapping; nobody sees it. */
    private final FileChannel anything;

    private PageWindow(MemorySegment memory, int pageSize, FileChannel anything) {
        this.memory = memory;
        this.pageSize = pageSize;
        this.anything = anything;
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
     * @throws IOException when there are not as many
     */
    public static PageWindow reserve(long bytes) throws IOException {
        long address = map(MemorySegment.NULL, bytes, 0);
        MemorySegment memory =
                MemorySegment.ofAddress(address)
                        .reinterpret(bytes, Arena.ofAuto(), start -> unmap(start, bytes));
        return new PageWindow(memory, pageSize(), MemoryFile.growing());
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
     * Maps what a part of the window shows, which has to be of one file: another mapping of the
     * same pages, as if it had been made from that file. It stays when the window shows something
     * else.
     *
     * @param offset where in the window, in bytes
     * @param length how many bytes, 1 or more
     * @param write whether it is to be written
     * @param arena with which the mapping goes
     * @param whenGone what is done then; never in {@link Arena#global}
     * @return the mapping
     * @throws IOException when no file is shown there, or the system has no more mappings
     */
    public MemorySegment map(
            long offset, long length, boolean write, Arena arena, Runnable whenGone)
            throws IOException {
        int within = (int) (offset % pageSize);
        MemorySegment shown = memory.asSlice(offset, length);
        MapMode mode = write ? MapMode.READ_WRITE : MapMode.READ_ONLY;
        MemorySegment mapping = anything.map(mode, within, length, arena);
        Posix.mremap(
                MemorySegment.ofAddress(shown.address() - within),
                0,
                Math.ceilDiv(within + length, pageSize) * pageSize,
                MAY_MOVE | MOVE_THERE,
                MemorySegment.ofAddress(mapping.address() - within));
        MemorySegment.NULL.reinterpret(arena, _ -> whenGone.run());
        return mapping;
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
