package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Attributes;
import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.Tree;
import dev.virtq.machine.sim.tree.TreeNode;

/** What the two sides have agreed on, and what the driver holds: from INIT to DESTROY. */
final class Session {
    private final Tree tree;
    private final ServerSettings settings;
    private final NodeTable nodes;
    private final Handles handles = new Handles();
    private final LockTable locks = new LockTable();
    private boolean open;
    private int minor;
    private long flags;

    Session(Tree tree, ServerSettings settings) {
        this.tree = tree;
        this.settings = settings;
        nodes = new NodeTable(tree.root());
    }

    Tree tree() {
        return tree;
    }

    ServerSettings settings() {
        return settings;
    }

    NodeTable nodes() {
        return nodes;
    }

    Handles handles() {
        return handles;
    }

    LockTable locks() {
        return locks;
    }

    boolean isOpen() {
        return open;
    }

    int minor() {
        return minor;
    }

    boolean has(InitFlag flag) {
        return flag.isIn(flags);
    }

    void begin(int agreedMinor, long agreedFlags) {
        end();
        open = true;
        minor = agreedMinor;
        flags = agreedFlags;
    }

    /** The driver holds nothing any more. */
    void end() {
        open = false;
        nodes.clear();
        handles.clear();
        locks.clear();
    }

    TreeNode node(FuseRequest request) throws FileError {
        return nodes.get(request.node());
    }

    /** {@return a directory in which the caller may look for names} */
    TreeNode directory(long number, Caller caller) throws FileError {
        TreeNode directory = nodes.get(number);
        Attributes attributes = directory.attributes();
        if (!attributes.isDirectory()) {
            throw Errno.ENOTDIR.error();
        }
        caller.check(attributes, Caller.EXECUTE);
        return directory;
    }
}
