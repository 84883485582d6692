package dev.virtq.machine.sim.tree;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A directory of a tree in memory. */
final class MemoryDirectory extends MemoryNode {
    private final Map<FileName, MemoryNode> names = new LinkedHashMap<>();

    /** The directory that it is in; of the root and of a removed one: none. */
    private @Nullable MemoryDirectory parent;

    MemoryDirectory(MemoryTree tree, Creation made, @Nullable MemoryDirectory parent) {
        super(tree, made);
        this.parent = parent;
        links = 2; // its name, and its own "."
    }

    @Override
    long size() {
        return MemoryTree.BLOCK;
    }

    @Override
    long allocated() {
        return 0;
    }

    @Override
    void resize(long size) throws FileError {
        throw Errno.EISDIR.error();
    }

    @Override
    public OpenBytes open(boolean read, boolean write) throws FileError {
        throw Errno.EISDIR.error();
    }

    @Override
    public MemoryNode child(FileName name) throws FileError {
        MemoryNode found = names.get(name);
        if (found == null) {
            throw Errno.ENOENT.error();
        }
        return found;
    }

    @Override
    public TreeNode make(FileName name, Creation made) throws FileError {
        checkFree(name);
        Creation inherited = inherited(made);
        MemoryNode node =
                switch (made.type()) {
                    case Mode.DIRECTORY -> new MemoryDirectory(tree, inherited, this);
                    case Mode.REGULAR -> new MemoryFile(tree, inherited);
                    case Mode.LINK, Mode.PIPE, Mode.SOCKET, Mode.CHARACTERS, Mode.BLOCKS ->
                            MemoryNode.other(tree, inherited);
                    default -> throw Errno.EINVAL.error();
                };
        add(name, node);
        return node;
    }

    @Override
    public TreeNode makeUnnamed(Creation made) {
        MemoryFile file = new MemoryFile(tree, inherited(made));
        file.unlinked(); // as if it had had a name for no time at all
        return file;
    }

    private Creation inherited(Creation made) {
        boolean directory = made.type() == Mode.DIRECTORY;
        return passesItsGroupOn()
                ? new Creation(
                        directory ? made.mode() | Mode.SET_GROUP_ID : made.mode(),
                        made.device(),
                        made.target(),
                        made.owner(),
                        group())
                : made;
    }

    @Override
    public void link(FileName name, TreeNode file) throws FileError {
        checkFree(name);
        MemoryNode node = (MemoryNode) file;
        if (node instanceof MemoryDirectory) {
            throw Errno.EPERM.error();
        }
        if (node.links == 0) {
            throw Errno.ENOENT.error();
        }
        node.links++;
        node.wasChanged();
        add(name, node);
    }

    @Override
    public void unlink(FileName name) throws FileError {
        MemoryNode node = child(name);
        if (node instanceof MemoryDirectory) {
            throw Errno.EISDIR.error();
        }
        remove(name, node);
        node.unlinked();
    }

    @Override
    public void removeDirectory(FileName name) throws FileError {
        if (!(child(name) instanceof MemoryDirectory directory)) {
            throw Errno.ENOTDIR.error();
        }
        directory.checkEmpty();
        remove(name, directory);
        directory.removed();
    }

    @Override
    public void rename(FileName name, TreeNode target, FileName newName, Renaming how)
            throws FileError {
        if (!(target instanceof MemoryDirectory to)) {
            throw Errno.ENOTDIR.error();
        }
        MemoryNode moved = child(name);
        MemoryNode replaced = to.names.get(newName);
        to.checkThere();
        if (moved instanceof MemoryDirectory directory && directory.holds(to)) {
            throw Errno.EINVAL.error();
        }
        if (how == Renaming.EXCHANGE) {
            exchange(name, moved, to, newName, replaced);
            return;
        }
        if (replaced != null) {
            if (how == Renaming.NO_REPLACE) {
                throw Errno.EEXIST.error();
            }
            if (replaced == moved) {
                return; // two names of one file: nothing happens
            }
            if (replaced instanceof MemoryDirectory directory && directory.holds(this)) {
                throw Errno.ENOTEMPTY.error();
            }
            to.replace(newName, moved, replaced);
        }
        remove(name, moved);
        to.add(newName, moved);
        moved.wasChanged();
    }

    private void exchange(
            FileName name,
            MemoryNode moved,
            MemoryDirectory to,
            FileName newName,
            @Nullable MemoryNode other)
            throws FileError {
        if (other == null) {
            throw Errno.ENOENT.error();
        }
        if (other instanceof MemoryDirectory directory && directory.holds(this)) {
            throw Errno.EINVAL.error();
        }
        remove(name, moved);
        to.remove(newName, other);
        add(name, other);
        to.add(newName, moved);
        moved.wasChanged();
        other.wasChanged();
    }

    private void replace(FileName name, MemoryNode moved, MemoryNode replaced) throws FileError {
        if (replaced instanceof MemoryDirectory directory) {
            if (!(moved instanceof MemoryDirectory)) {
                throw Errno.EISDIR.error();
            }
            directory.checkEmpty();
            remove(name, directory);
            directory.removed();
        } else if (moved instanceof MemoryDirectory) {
            throw Errno.ENOTDIR.error();
        } else {
            remove(name, replaced);
            replaced.unlinked();
        }
    }

    @Override
    public List<Entry> entries() {
        wasRead();
        List<Entry> entries = new ArrayList<>();
        names.forEach((name, node) -> entries.add(new Entry(name, node.inode(), node.type())));
        return entries;
    }

    /** {@return whether this is the other one, or holds it somewhere} */
    private boolean holds(MemoryDirectory other) {
        for (MemoryDirectory at = other; at != null; at = at.parent) {
            if (at == this) {
                return true;
            }
        }
        return false;
    }

    private void add(FileName name, MemoryNode node) {
        names.put(name, node);
        if (node instanceof MemoryDirectory directory) {
            directory.parent = this;
            links++;
        }
        wasWritten();
    }

    private void remove(FileName name, MemoryNode node) {
        names.remove(name);
        if (node instanceof MemoryDirectory) {
            links--;
        }
        wasWritten();
    }

    private void removed() {
        parent = null;
        links = 0;
        wasChanged();
        tree.fileGone();
    }

    private void checkFree(FileName name) throws FileError {
        checkThere();
        if (names.containsKey(name)) {
            throw Errno.EEXIST.error();
        }
    }

    private void checkThere() throws FileError {
        if (links == 0) {
            throw Errno.ENOENT.error();
        }
    }

    private void checkEmpty() throws FileError {
        if (!names.isEmpty()) {
            throw Errno.ENOTEMPTY.error();
        }
    }
}
