package dev.virtq.machine.sim.tree;

import java.nio.ByteBuffer;

/** The bytes of a regular file in memory. Offsets and lengths were checked. */
interface Content {
    /** {@return how many bytes there are} */
    long size();

    /** {@return how many bytes of the tree's room they take} */
    long allocated();

    /** Fills a buffer as far as there are bytes. */
    void read(long offset, ByteBuffer target) throws FileError;

    /** Writes. {@return how much: less than there is only when the tree is full} */
    int write(long offset, ByteBuffer source) throws FileError;

    /** Makes it so large. */
    void resize(long size) throws FileError;

    /** {@return where the next byte is that was written, or that was not; the size when none is} */
    long seek(long offset, boolean data);

    /** Gets room for a part, and grows when it ends behind the last byte and may. */
    void allocate(long offset, long length, boolean keepSize) throws FileError;

    /** Makes a part zeros. */
    void punch(long offset, long length) throws FileError;

    /** Gives all room back: nobody reads it any more. */
    void drop();
}
