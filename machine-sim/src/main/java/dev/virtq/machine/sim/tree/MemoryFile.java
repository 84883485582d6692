package dev.virtq.machine.sim.tree;

import static dev.virtq.machine.sim.tree.MemoryTree.BLOCK;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * A regular file of a tree in memory. Blocks that were never written are not there, and read as
 * zeros.
 */
final class MemoryFile extends MemoryNode implements OpenBytes {
    /** As large as ext4 allows, about. */
    private static final long LARGEST = 1L << 44;

    private final TreeMap<Long, byte[]> blocks = new TreeMap<>();
    private long size;
    private int opened;

    MemoryFile(MemoryTree tree, Creation made) {
        super(tree, made);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    long allocated() {
        return (long) blocks.size() * BLOCK;
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
            tree.giveBlocks(blocks.size());
            blocks.clear();
            size = 0;
        }
    }

    @Override
    public void read(long offset, ByteBuffer target) {
        long at = offset;
        while (target.hasRemaining() && at < size) {
            int within = (int) (at % BLOCK);
            long run = Math.min(Math.min(BLOCK - (long) within, target.remaining()), size - at);
            byte[] block = blocks.get(at / BLOCK);
            target.put(
                    block == null ? new byte[(int) run] : block,
                    block == null ? 0 : within,
                    (int) run);
            at += run;
        }
        wasRead();
    }

    @Override
    public int write(long offset, ByteBuffer source) throws FileError {
        int length = source.remaining();
        checkFits(offset, length);
        long at = offset;
        while (source.hasRemaining()) {
            int within = (int) (at % BLOCK);
            int run = Math.min(BLOCK - within, source.remaining());
            byte[] block;
            try {
                block = block(at / BLOCK);
            } catch (FileError e) {
                if (at == offset) {
                    throw e;
                }
                break; // as much as there was room for
            }
            source.get(block, within, run);
            at += run;
        }
        size = Math.max(size, at);
        wasWritten();
        return (int) (at - offset);
    }

    @Override
    public void truncate(long newSize) throws FileError {
        checkFits(newSize, 0);
        if (newSize < size) {
            drop((newSize + BLOCK - 1) / BLOCK, Long.MAX_VALUE);
            zero(newSize, Math.min(size, newSize + BLOCK - newSize % BLOCK));
        }
        size = newSize;
        wasWritten();
    }

    @Override
    public long seek(long offset, boolean data) throws FileError {
        if (offset < 0 || offset >= size) {
            throw Errno.ENXIO.error();
        }
        if (data) {
            Map.Entry<Long, byte[]> next = blocks.ceilingEntry(offset / BLOCK);
            if (next == null || next.getKey() * BLOCK >= size) {
                throw Errno.ENXIO.error();
            }
            return Math.max(offset, next.getKey() * BLOCK);
        }
        long at = offset / BLOCK;
        while (blocks.containsKey(at)) {
            at++;
        }
        return Math.min(size, Math.max(offset, at * BLOCK));
    }

    @Override
    public void allocate(long offset, long length, boolean keepSize) throws FileError {
        checkFits(offset, length);
        long end = (offset + length + BLOCK - 1) / BLOCK;
        int there = blocks.subMap(offset / BLOCK, end).size();
        if (end - offset / BLOCK - there > tree.space().free()) {
            throw Errno.ENOSPC.error(); // before anything is taken
        }
        for (long at = offset / BLOCK; at < end; at++) {
            block(at);
        }
        size = keepSize ? size : Math.max(size, offset + length);
        wasChanged();
    }

    @Override
    public void punch(long offset, long length) throws FileError {
        checkFits(offset, length);
        long end = offset + length;
        drop((offset + BLOCK - 1) / BLOCK, end / BLOCK);
        zero(offset, Math.min(end, offset + BLOCK - offset % BLOCK));
        zero(Math.max(offset, end - end % BLOCK), end);
        wasWritten();
    }

    @Override
    public void sync(boolean metadata) {} // there is nowhere to put it

    /** {@return a block that is there from now on} */
    private byte[] block(long number) throws FileError {
        byte[] block = blocks.get(number);
        if (block == null) {
            tree.takeBlock();
            block = new byte[BLOCK];
            blocks.put(number, block);
        }
        return block;
    }

    /** Gives the blocks of a range back. */
    private void drop(long from, long to) {
        if (from < to) {
            Map<Long, byte[]> dropped = blocks.subMap(from, to);
            tree.giveBlocks(dropped.size());
            dropped.clear();
        }
    }

    /** Writes zeros over a part of one block. */
    private void zero(long from, long to) {
        byte[] block = blocks.get(from / BLOCK);
        if (block != null && from < to) {
            Arrays.fill(block, (int) (from % BLOCK), (int) (from % BLOCK + to - from), (byte) 0);
        }
    }

    private static void checkFits(long offset, long length) throws FileError {
        if (offset < 0 || length < 0) {
            throw Errno.EINVAL.error();
        }
        if (offset > LARGEST || length > LARGEST - offset) {
            throw Errno.EFBIG.error();
        }
    }
}
