package dev.virtq.machine.sim.tree;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A file of the host: which one it is, and where it was found. */
final class HostNode implements TreeNode {
    /** A name that the file had when it was looked at last. */
    private record Place(HostNode directory, FileName name) {}

    /** Where the file is now. */
    record Found(Path path, Attributes attributes) {}

    /** Something with the host's file system. */
    interface Deed {
        void run() throws IOException;
    }

    private final HostTree tree;
    private final HostTree.Key key;
    private final Set<Place> places = new LinkedHashSet<>();
    private final List<HostFile> open = new ArrayList<>();
    private Attributes last;

    HostNode(HostTree tree, HostAttributes attributes) {
        this.tree = tree;
        key = attributes.key();
        last = attributes.attributes();
    }

    /** {@return whether nothing leads to it any more, so that its number may be another file's} */
    boolean isGone() {
        return places.isEmpty() && open.isEmpty() && !tree.isRoot(this);
    }

    int type() {
        return last.type();
    }

    /** Finds the file, by a name that is still its own. */
    Found find() throws FileError {
        if (tree.isRoot(this)) {
            return check(tree.path());
        }
        for (Place place : List.copyOf(places)) {
            try {
                return check(HostNames.in(place.directory.find().path, place.name));
            } catch (FileError e) {
                places.remove(place); // somebody has moved it, or what it was in
            }
        }
        throw Errno.ESTALE.error();
    }

    private Found check(Path path) throws FileError {
        HostAttributes now = HostAttributes.read(path);
        if (!now.key().equals(key) || now.attributes().type() != type()) {
            throw Errno.ESTALE.error();
        }
        last = now.attributes();
        return new Found(path, last);
    }

    private Path directory() throws FileError {
        if (type() != Mode.DIRECTORY) {
            throw Errno.ENOTDIR.error();
        }
        return find().path;
    }

    static void run(Deed deed) throws FileError {
        try {
            deed.run();
        } catch (IOException e) {
            throw FileError.of(e);
        } catch (UnsupportedOperationException e) {
            throw Errno.EOPNOTSUPP.error();
        }
    }

    @Override
    public Attributes attributes() throws FileError {
        try {
            return find().attributes;
        } catch (FileError e) {
            if (open.isEmpty()) {
                throw e;
            }
            return last.unlinked(open.getFirst().size());
        }
    }

    @Override
    public void change(AttributeChange change) throws FileError {
        Found found;
        try {
            found = find();
        } catch (FileError e) {
            if (open.isEmpty()) {
                throw e;
            }
            changeUnlinked(change);
            return;
        }
        HostChanges.make(this, found, change);
    }

    /** What has no name has no attributes that the JDK could change, but a size. */
    private void changeUnlinked(AttributeChange change) throws FileError {
        Long size = change.size();
        if (size != null) {
            for (HostFile file : open) {
                if (file.isWritable()) {
                    file.truncate(size);
                    break;
                }
            }
        }
        last = last.with(change);
    }

    @Override
    public TreeNode child(FileName name) throws FileError {
        return child(HostNames.in(directory(), name), name);
    }

    private HostNode child(Path path, FileName name) throws FileError {
        HostNode node = tree.node(HostAttributes.read(path));
        node.places.add(new Place(this, name));
        return node;
    }

    @Override
    public TreeNode make(FileName name, Creation made) throws FileError {
        Path path = HostNames.in(directory(), name);
        HostChanges.create(path, made);
        HostNode node = child(path, name);
        boolean inherits = (last.mode() & Mode.SET_GROUP_ID) != 0;
        HostChanges.own(node, new Found(path, node.last), made, inherits);
        return node;
    }

    @Override
    public void link(FileName name, TreeNode file) throws FileError {
        Path path = HostNames.in(directory(), name);
        HostNode node = (HostNode) file;
        if (node.type() == Mode.DIRECTORY) {
            throw Errno.EPERM.error();
        }
        Path existing = node.find().path;
        run(() -> Files.createLink(path, existing));
        node.places.add(new Place(this, name));
    }

    @Override
    public void unlink(FileName name) throws FileError {
        remove(name, false);
    }

    @Override
    public void removeDirectory(FileName name) throws FileError {
        remove(name, true);
    }

    private void remove(FileName name, boolean wanted) throws FileError {
        Path path = HostNames.in(directory(), name);
        HostNode node = child(path, name);
        boolean isDirectory = node.type() == Mode.DIRECTORY;
        if (isDirectory != wanted) {
            throw (isDirectory ? Errno.EISDIR : Errno.ENOTDIR).error();
        }
        run(() -> Files.delete(path));
        node.places.remove(new Place(this, name));
    }

    @Override
    public void rename(FileName name, TreeNode target, FileName newName, Renaming how)
            throws FileError {
        HostNode to = (HostNode) target;
        Path from = HostNames.in(directory(), name);
        Path there = HostNames.in(to.directory(), newName);
        HostNode moved = child(from, name);
        HostNode replaced = null;
        try {
            replaced = to.child(there, newName);
        } catch (FileError e) {
            if (e.errno() != Errno.ENOENT || how == Renaming.EXCHANGE) {
                throw e;
            }
        }
        if (replaced != null && how == Renaming.NO_REPLACE) {
            throw Errno.EEXIST.error();
        }
        if (replaced == moved) {
            return; // two names of one file: nothing happens
        }
        if (how == Renaming.EXCHANGE) {
            HostChanges.exchange(from, there);
        } else {
            run(() -> HostChanges.move(from, there));
        }
        moved.places.remove(new Place(this, name));
        moved.places.add(new Place(to, newName));
        if (replaced != null) {
            replaced.places.remove(new Place(to, newName));
            if (how == Renaming.EXCHANGE) {
                replaced.places.add(new Place(this, name));
            }
        }
    }

    @Override
    public List<Entry> entries() throws FileError {
        List<Entry> entries = new ArrayList<>();
        Path directory = directory();
        List<Path> paths = new ArrayList<>();
        run(() -> {
            try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
                stream.forEach(paths::add);
            }
        });
        for (Path path : paths) {
            try {
                Attributes attributes = HostAttributes.read(path).attributes();
                entries.add(new Entry(HostNames.last(path), attributes.inode(), attributes.type()));
            } catch (FileError e) {
                if (e.errno() != Errno.ENOENT) { // it has gone since
                    throw e;
                }
            }
        }
        return entries;
    }

    @Override
    public byte[] target() throws FileError {
        if (type() != Mode.LINK) {
            throw Errno.EINVAL.error();
        }
        try {
            return HostNames.bytes(Files.readSymbolicLink(find().path));
        } catch (IOException e) {
            throw FileError.of(e);
        }
    }

    @Override
    public OpenBytes open(boolean read, boolean write) throws FileError {
        if (type() != Mode.REGULAR) { // opening a pipe would wait for somebody
            throw (type() == Mode.DIRECTORY ? Errno.EISDIR : Errno.ENXIO).error();
        }
        HostFile file = HostFile.open(find().path, write, open::remove);
        open.add(file);
        return file;
    }

    @Override
    public ExtendedAttributes extended() throws FileError {
        if (type() != Mode.REGULAR && type() != Mode.DIRECTORY) {
            throw Errno.EOPNOTSUPP.error();
        }
        return new HostExtendedAttributes(find().path);
    }
}
