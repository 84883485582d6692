package dev.virtq.machine.sim.tree;

import static dev.virtq.machine.sim.tree.MemoryTree.BLOCK;

import dev.virtq.transport.vhostuser.posix.MemoryFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Content that can be mapped: a file of the system without a name. Nobody sees a store into what is
 * mapped, so all of it counts as data, and takes the tree's room from the start; and such a store
 * does not change the file's times.
 */
final class SharedPages implements Content {
    private static final int PIECE = 1 << 16;

    private final MemoryTree tree;
    private final FileChannel channel;
    private long size;

    private SharedPages(MemoryTree tree, FileChannel channel, long size) {
        this.tree = tree;
        this.channel = channel;
        this.size = size;
    }

    /** Takes content over from the heap, with the room that it has; it must not be used there. */
    static SharedPages of(MemoryTree tree, SparseBlocks content) throws FileError {
        long had = content.allocated() / BLOCK;
        long needed = blocks(content.size());
        tree.takeBlocks(Math.max(0, needed - had));
        try {
            FileChannel channel = MemoryFile.growing();
            try {
                SharedPages pages = new SharedPages(tree, channel, content.size());
                pages.grow(content.size());
                content.forEach((offset, block) -> pages.copy(offset, ByteBuffer.wrap(block)));
                tree.giveBlocks(Math.max(0, had - needed)); // room behind the end
                return pages;
            } catch (FileError e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            tree.giveBlocks(Math.max(0, needed - had));
            throw FileError.of(e);
        } catch (FileError e) {
            tree.giveBlocks(Math.max(0, needed - had));
            throw e;
        }
    }

    private void copy(long offset, ByteBuffer block) throws FileError {
        if (offset < size) {
            put(offset, block.limit((int) Math.min(BLOCK, size - offset)));
        }
    }

    private static long blocks(long bytes) {
        return (bytes + BLOCK - 1) / BLOCK;
    }

    /** {@return the first page at an offset, which is a multiple of the page size} */
    MemorySegment map(long offset, boolean write, Arena arena) throws FileError {
        return new SystemBytes(channel).map(offset, write, arena);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public long allocated() {
        return blocks(size) * BLOCK;
    }

    @Override
    public void read(long offset, ByteBuffer target) throws FileError {
        new SystemBytes(channel).read(offset, target);
    }

    @Override
    public int write(long offset, ByteBuffer source) throws FileError {
        long there = blocks(size);
        long room = (there + tree.space().free()) * BLOCK;
        if (source.hasRemaining() && offset >= room) {
            throw Errno.ENOSPC.error();
        }
        long end = Math.min(offset + source.remaining(), room);
        tree.takeBlocks(Math.max(0, blocks(end) - there));
        int length = (int) (end - offset);
        put(offset, source.slice(source.position(), length));
        source.position(source.position() + length);
        size = Math.max(size, end);
        return length;
    }

    private void put(long offset, ByteBuffer source) throws FileError {
        try {
            long at = offset;
            while (source.hasRemaining()) {
                at += channel.write(source, at);
            }
        } catch (IOException e) {
            throw FileError.of(e);
        }
    }

    @Override
    public void resize(long newSize) throws FileError {
        long more = blocks(newSize) - blocks(size);
        if (newSize > size) {
            tree.takeBlocks(more);
            grow(newSize);
        } else {
            try {
                channel.truncate(newSize);
            } catch (IOException e) {
                throw FileError.of(e);
            }
            tree.giveBlocks(-more);
        }
        size = newSize;
    }

    /** A channel grows no other way. */
    private void grow(long newSize) throws FileError {
        if (newSize > 0) {
            put(newSize - 1, ByteBuffer.allocate(1));
        }
    }

    @Override
    public long seek(long offset, boolean data) {
        return data ? offset : size;
    }

    @Override
    public void allocate(long offset, long length, boolean keepSize) throws FileError {
        if (offset + length > size) {
            if (keepSize) {
                throw Errno.EOPNOTSUPP.error();
            }
            resize(offset + length);
        }
    }

    @Override
    public void punch(long offset, long length) throws FileError {
        long end = Math.min(offset + length, size);
        ByteBuffer zeros = ByteBuffer.allocate(PIECE);
        for (long at = offset; at < end; at += zeros.limit()) {
            put(at, zeros.clear().limit((int) Math.min(PIECE, end - at)));
        }
    }

    /** What is mapped of it stays mapped. */
    @Override
    public void drop() {
        tree.giveBlocks(blocks(size));
        size = 0;
        try {
            channel.close();
        } catch (IOException e) {
            // The JDK has let go of the descriptor, and nobody reads the file again.
            System.getLogger(SharedPages.class.getName())
                    .log(System.Logger.Level.WARNING, "closing shared memory failed", e);
        }
    }
}
