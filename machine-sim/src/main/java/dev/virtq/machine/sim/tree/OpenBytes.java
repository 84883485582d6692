package dev.virtq.machine.sim.tree;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** An open regular file, which stays readable when its last name is gone. */
public interface OpenBytes {
    /**
     * Reads.
     *
     * @param offset where
     * @param target is filled as far as there are bytes
     * @throws FileError when that fails
     */
    void read(long offset, ByteBuffer target) throws FileError;

    /**
     * Writes.
     *
     * @param offset where
     * @param source what is written
     * @return how much was written: less than there is only when the tree is full
     * @throws FileError when nothing was written
     */
    int write(long offset, ByteBuffer source) throws FileError;

    /**
     * {@return how large it is}
     *
     * @throws FileError when that fails
     */
    long size() throws FileError;

    /**
     * Makes it so large.
     *
     * @param size in bytes
     * @throws FileError when that fails
     */
    void truncate(long size) throws FileError;

    /**
     * {@return where the next byte is that was written, or that was not}
     *
     * @param offset from where on
     * @param data whether to look for what was written
     * @throws FileError ENXIO when there is none before the end
     */
    long seek(long offset, boolean data) throws FileError;

    /**
     * Gets space for a part of the file, which reads as before.
     *
     * @param offset where
     * @param length how many bytes
     * @param keepSize whether the file may not become larger
     * @throws FileError ENOSPC when there is none
     */
    void allocate(long offset, long length, boolean keepSize) throws FileError;

    /**
     * Makes a part of the file zeros, and gives its space back where that is possible. The size
     * stays.
     *
     * @param offset where
     * @param length how many bytes
     * @throws FileError when that fails
     */
    void punch(long offset, long length) throws FileError;

    /**
     * Maps the first page of a part; whoever has it maps what follows.
     *
     * @param offset where; a multiple of the system's page size
     * @param write whether it is to be written
     * @param arena with which this mapping goes
     * @return the page, shared with all who read and write the file
     * @throws FileError ENXIO when the file ends before
     */
    MemorySegment map(long offset, boolean write, Arena arena) throws FileError;

    /**
     * Has everything put on the disk.
     *
     * @param metadata whether what is known of the file is to be there, too
     * @throws FileError when that fails
     */
    void sync(boolean metadata) throws FileError;

    /** Lets go of it. */
    void close();
}
