package dev.virtq.machine.sim.tree;

/**
 * A tree of files.
 *
 * <p>Threads: one at a time; whoever uses it holds its monitor.
 */
public interface Tree {
    /** {@return its root, a directory} */
    TreeNode root();

    /**
     * {@return how much it can hold}
     *
     * @throws FileError when that cannot be found out
     */
    Space space() throws FileError;
}
