package dev.virtq.machine.sim.tree;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * A regular file of a tree in memory. Its content is in the heap until somebody maps it, and in
 * shared memory from then on.
 */
final class MemoryFile extends MemoryNode implements OpenBytes {
    /** As large as ext4 allows, about. */
    private static final long LARGEST = 1L << 44;

    private Content content;
    private int opened;

    MemoryFile(MemoryTree tree, Creation made) {
        super(tree, made);
        content = new SparseBlocks(tree);
    }

    @Override
    public long size() {
        return content.size();
    }

    @Override
    long allocated() {
        return content.allocated();
    }

    @Override
    void resize(long newSize) throws FileError {
        truncate(newSize);
    }

    @Override
    public OpenBytes open(boolean read, boolean write) {
        opened++;
        return this;
    }

    @Override
    public void close() {
        opened--;
        dropIfGone();
    }

    @Override
    void unlinked() {
        super.unlinked();
        dropIfGone();
    }

    private void dropIfGone() {
        if (opened == 0 && links == 0) {
            content.drop();
            content = new SparseBlocks(tree);
        }
    }

    @Override
    public void read(long offset, ByteBuffer target) throws FileError {
        content.read(offset, target);
        wasRead();
    }

    @Override
    public int write(long offset, ByteBuffer source) throws FileError {
        checkFits(offset, source.remaining());
        int count = content.write(offset, source);
        wasWritten();
        return count;
    }

    @Override
    public void truncate(long newSize) throws FileError {
        checkFits(newSize, 0);
        content.resize(newSize);
        wasWritten();
    }

    @Override
    public long seek(long offset, boolean data) throws FileError {
        if (offset < 0 || offset >= content.size()) {
            throw Errno.ENXIO.error();
        }
        long found = content.seek(offset, data);
        if (data && found >= content.size()) {
            throw Errno.ENXIO.error();
        }
        return found;
    }

    @Override
    public void allocate(long offset, long length, boolean keepSize) throws FileError {
        checkFits(offset, length);
        content.allocate(offset, length, keepSize);
        wasChanged();
    }

    @Override
    public void punch(long offset, long length) throws FileError {
        checkFits(offset, length);
        content.punch(offset, length);
        wasWritten();
    }

    @Override
    public MemorySegment map(long offset, boolean write, Arena arena) throws FileError {
        if (offset >= content.size()) {
            throw Errno.ENXIO.error();
        }
        if (content instanceof SparseBlocks inHeap) {
            content = SharedPages.of(tree, inHeap);
        }
        return ((SharedPages) content).map(offset, write, arena);
    }

    @Override
    public void sync(boolean metadata) {} // there is nowhere to put it

    private static void checkFits(long offset, long length) throws FileError {
        if (offset < 0 || length < 0) {
            throw Errno.EINVAL.error();
        }
        if (offset > LARGEST || length > LARGEST - offset) {
            throw Errno.EFBIG.error();
        }
    }
}
