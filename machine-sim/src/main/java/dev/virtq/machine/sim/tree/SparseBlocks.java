package dev.virtq.machine.sim.tree;

import static dev.virtq.machine.sim.tree.MemoryTree.BLOCK;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Content in the heap. Blocks that were never written are not there, and read as zeros. */
final class SparseBlocks implements Content {
    private final MemoryTree tree;
    private final TreeMap<Long, byte[]> blocks = new TreeMap<>();
    private long size;

    SparseBlocks(MemoryTree tree) {
        this.tree = tree;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public long allocated() {
        return (long) blocks.size() * BLOCK;
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
    }

    @Override
    public int write(long offset, ByteBuffer source) throws FileError {
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
        return (int) (at - offset);
    }

    @Override
    public void resize(long newSize) {
        if (newSize < size) {
            drop((newSize + BLOCK - 1) / BLOCK, Long.MAX_VALUE);
            zero(newSize, Math.min(size, newSize + BLOCK - newSize % BLOCK));
        }
        size = newSize;
    }

    @Override
    public long seek(long offset, boolean data) {
        if (data) {
            Map.Entry<Long, byte[]> next = blocks.ceilingEntry(offset / BLOCK);
            return next == null ? size : Math.max(offset, next.getKey() * BLOCK);
        }
        long at = offset / BLOCK;
        while (blocks.containsKey(at)) {
            at++;
        }
        return Math.min(size, Math.max(offset, at * BLOCK));
    }

    @Override
    public void allocate(long offset, long length, boolean keepSize) throws FileError {
        long end = (offset + length + BLOCK - 1) / BLOCK;
        int there = blocks.subMap(offset / BLOCK, end).size();
        if (end - offset / BLOCK - there > tree.space().free()) {
            throw Errno.ENOSPC.error(); // before anything is taken
        }
        for (long at = offset / BLOCK; at < end; at++) {
            block(at);
        }
        size = keepSize ? size : Math.max(size, offset + length);
    }

    @Override
    public void punch(long offset, long length) {
        long end = offset + length;
        drop((offset + BLOCK - 1) / BLOCK, end / BLOCK);
        zero(offset, Math.min(end, offset + BLOCK - offset % BLOCK));
        zero(Math.max(offset, end - end % BLOCK), end);
    }

    @Override
    public void drop() {
        tree.giveBlocks(blocks.size());
        blocks.clear();
        size = 0;
    }

    /** Something to do with a block that is there. */
    interface Visitor {
        void block(long offset, byte[] block) throws FileError;
    }

    void forEach(Visitor visitor) throws FileError {
        for (Map.Entry<Long, byte[]> entry : blocks.entrySet()) {
            visitor.block(entry.getKey() * BLOCK, entry.getValue());
        }
    }

    /** {@return a block that is there from now on} */
    private byte[] block(long number) throws FileError {
        byte[] block = blocks.get(number);
        if (block == null) {
            tree.takeBlocks(1);
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
}
