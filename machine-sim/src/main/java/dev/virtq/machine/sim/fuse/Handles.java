package dev.virtq.machine.sim.fuse;

import dev.virtq.machine.sim.tree.Errno;
import dev.virtq.machine.sim.tree.FileError;
import dev.virtq.machine.sim.tree.OpenBytes;
import dev.virtq.machine.sim.tree.TreeNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the driver has open. A number is never given again. */
final class Handles {
    /** Something open. */
    sealed interface Open {
        long node();

        TreeNode tree();
    }

    /** An open regular file: which one, its bytes, and what it is open for. */
    record File(
            long node, TreeNode file, OpenBytes bytes, boolean read, boolean write, boolean append)
            implements Open {
        @Override
        public TreeNode tree() {
            return file;
        }
    }

    /** An open directory. */
    static final class Directory implements Open {
        private final long node;
        private final TreeNode directory;
        private @Nullable List<TreeNode.Entry> entries;

        Directory(long node, TreeNode directory) {
            this.node = node;
            this.directory = directory;
        }

        @Override
        public long node() {
            return node;
        }

        @Override
        public TreeNode tree() {
            return directory;
        }

        /** {@return what was in it when it was read from the start} */
        List<TreeNode.Entry> entries(boolean anew) throws FileError {
            List<TreeNode.Entry> known = entries;
            if (anew || known == null) {
                known = directory.entries();
                entries = known;
            }
            return known;
        }
    }

    private final Map<Long, Open> all = new HashMap<>();
    private long last;

    long add(Open open) {
        all.put(++last, open);
        return last;
    }

    /** {@return the file or directory that is open} */
    TreeNode open(long number, long node) throws FileError {
        Open open = all.get(number);
        if (open == null || open.node() != node) {
            throw Errno.EBADF.error();
        }
        return open.tree();
    }

    File file(long number, long node) throws FileError {
        if (all.get(number) instanceof File file && file.node == node) {
            return file;
        }
        throw Errno.EBADF.error();
    }

    Directory directory(long number, long node) throws FileError {
        if (all.get(number) instanceof Directory directory && directory.node == node) {
            return directory;
        }
        throw Errno.EBADF.error();
    }

    void close(long number) {
        if (all.remove(number) instanceof File file) {
            file.bytes.close();
        }
    }

    boolean hasOpen(long node) {
        return all.values().stream().anyMatch(open -> open.node() == node);
    }

    int count() {
        return all.size();
    }

    void clear() {
        List.copyOf(all.keySet()).forEach(this::close);
    }
}
