package dev.virtq.machine.sim.tree;

import java.time.Instant;

/**
 * A tree that lives in the heap, and behaves as a file system of Linux does. Regular files are
 * sparse: what was never written takes no space, until somebody maps the file.
 */
public final class MemoryTree implements Tree {
    static final int BLOCK = 4096;

    private static final long MOST_FILES = 1L << 32;

    private final MemoryDirectory root;
    private final long blocks;
    private long used;
    private long files;
    private long lastInode;

    /**
     * Makes an empty tree, whose root belongs to user 0 and is open to all.
     *
     * @param capacity how many bytes the files may take together; a multiple of 4096 counts
     */
    public MemoryTree(long capacity) {
        blocks = capacity / BLOCK;
        root =
                new MemoryDirectory(
                        this, new Creation(Mode.DIRECTORY | 0777, 0, new byte[0], 0, 0), null);
    }

    @Override
    public TreeNode root() {
        return root;
    }

    @Override
    public Space space() {
        long free = blocks - used;
        return new Space(BLOCK, blocks, free, free, MOST_FILES, MOST_FILES - files);
    }

    /** {@return the number of a new file} */
    long newInode() {
        files++;
        return ++lastInode;
    }

    /** A file is no more. */
    void fileGone() {
        files--;
    }

    /** Takes blocks: all of them or none. */
    void takeBlocks(long count) throws FileError {
        if (count > blocks - used) {
            throw Errno.ENOSPC.error();
        }
        used += count;
    }

    /** Gives blocks back. */
    void giveBlocks(long count) {
        used -= count;
    }

    static Instant now() {
        return Instant.now();
    }
}
