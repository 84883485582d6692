package dev.virtq.machine.sim.tree;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What all files of a tree in memory have in common. */
abstract class MemoryNode implements TreeNode {
    final MemoryTree tree;
    int links = 1;
    private final long inode;
    private final Instant born = MemoryTree.now();
    private final int device;
    private final Map<String, byte[]> extended = new TreeMap<>();
    private int mode;
    private int owner;
    private int group;
    private Instant accessed = born;
    private Instant modified = born;
    private Instant changed = born;

    MemoryNode(MemoryTree tree, Creation made) {
        this.tree = tree;
        inode = tree.newInode();
        mode = made.mode();
        owner = made.owner();
        group = made.group();
        device = made.device();
    }

    final long inode() {
        return inode;
    }

    final int type() {
        return mode & Mode.TYPE;
    }

    final int group() {
        return group;
    }

    final boolean passesItsGroupOn() {
        return (mode & Mode.SET_GROUP_ID) != 0;
    }

    /** {@return how large it is, in bytes} */
    abstract long size();

    /** {@return how many bytes it takes} */
    abstract long allocated();

    /** Changes the size of a regular file. */
    void resize(long size) throws FileError {
        throw Errno.EINVAL.error();
    }

    @Override
    public final Attributes attributes() {
        return new Attributes(
                inode,
                size(),
                allocated(),
                accessed,
                modified,
                changed,
                born,
                mode,
                links,
                owner,
                group,
                device);
    }

    @Override
    public final void change(AttributeChange change) throws FileError {
        Long size = change.size();
        if (size != null) {
            resize(size);
        }
        mode = (mode & Mode.TYPE) | (orElse(change.mode(), mode) & Mode.PERMISSIONS);
        owner = orElse(change.owner(), owner);
        group = orElse(change.group(), group);
        changed = MemoryTree.now();
        Instant wasRead = change.accessed();
        Instant wasWritten = change.modified();
        accessed = wasRead == null ? accessed : wasRead;
        modified = wasWritten == null ? modified : wasWritten;
    }

    private static int orElse(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }

    final void wasRead() {
        accessed = MemoryTree.now();
    }

    final void wasWritten() {
        modified = MemoryTree.now();
        changed = modified;
    }

    /** Something of it was changed, but not its contents. */
    final void wasChanged() {
        changed = MemoryTree.now();
    }

    /** It has lost a name. */
    void unlinked() {
        links--;
        changed = MemoryTree.now();
        if (links == 0) {
            tree.fileGone();
        }
    }

    @Override
    public final ExtendedAttributes extended() {
        return new ExtendedAttributes() {
            @Override
            public List<String> names() {
                return List.copyOf(extended.keySet());
            }

            @Override
            public byte[] get(String name) throws FileError {
                byte[] value = extended.get(name);
                if (value == null) {
                    throw Errno.ENODATA.error();
                }
                return value;
            }

            @Override
            public void set(String name, byte[] value) {
                extended.put(name, value);
                wasChanged();
            }

            @Override
            public void remove(String name) throws FileError {
                if (extended.remove(name) == null) {
                    throw Errno.ENODATA.error();
                }
                wasChanged();
            }
        };
    }

    /** {@return a file that is neither a directory nor regular: a link, or a name for a device} */
    static MemoryNode other(MemoryTree tree, Creation made) {
        byte[] target = made.target();
        return new MemoryNode(tree, made) {
            @Override
            long size() {
                return target.length;
            }

            @Override
            long allocated() {
                return 0;
            }

            @Override
            public byte[] target() throws FileError {
                if (type() != Mode.LINK) {
                    throw Errno.EINVAL.error();
                }
                wasRead();
                return target.clone();
            }
        };
    }
}
