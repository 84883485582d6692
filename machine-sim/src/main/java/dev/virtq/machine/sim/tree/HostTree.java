package dev.virtq.machine.sim.tree;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * A directory of the host as a tree.
 *
 * <p>Nothing leads out of it: a file is only reached from its directory, by a single name; symbolic
 * links are read, and never followed; and on the way to a file every directory has to be the one
 * that it was when it was looked up. What the host's own programs do between such a check and the
 * use of it is not seen: they are trusted, the driver is not.
 *
 * <p>Files are told apart by device and inode. One whose last name is gone is read and written as
 * long as it is open, and what is known of it is what was known last. Only directories, regular
 * files and links are made. The JDK has no call to allocate or to punch: a file grows with a hole,
 * and zeros are written over what is punched.
 */
public final class HostTree implements Tree {
    /** How the host tells files apart. */
    record Key(long device, long inode) {}

    private final HostNode root;
    private final Path path;
    private Map<Key, WeakReference<HostNode>> known = new HashMap<>();
    private int room = 1024;

    /**
     * Takes a directory.
     *
     * @param directory which one; it may be a link to one, which is followed now and never again
     * @throws NotDirectoryException when it is none
     * @throws IOException when it cannot be reached
     */
    public HostTree(Path directory) throws IOException {
        path = directory.toRealPath();
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new NotDirectoryException(directory.toString());
        }
        try {
            HostAttributes attributes = HostAttributes.read(path);
            root = new HostNode(this, attributes);
            known.put(attributes.key(), new WeakReference<>(root));
        } catch (FileError e) {
            throw new IOException(directory + ": " + e.errno(), e);
        }
    }

    @Override
    public TreeNode root() {
        return root;
    }

    @Override
    public Space space() throws FileError {
        try {
            FileStore store = Files.getFileStore(path);
            long size = store.getBlockSize();
            // The JDK does not tell how many files there can be.
            return new Space(
                    (int) size,
                    store.getTotalSpace() / size,
                    store.getUnallocatedSpace() / size,
                    store.getUsableSpace() / size,
                    0,
                    0);
        } catch (IOException e) {
            throw FileError.of(e);
        }
    }

    Path path() {
        return path;
    }

    boolean isRoot(HostNode node) {
        return node == root;
    }

    /** {@return the one object for a file; a number may have been another file's before} */
    HostNode node(HostAttributes attributes) {
        WeakReference<HostNode> reference = known.get(attributes.key());
        HostNode node = reference == null ? null : reference.get();
        if (node == null || node.isGone() || node.type() != attributes.attributes().type()) {
            node = new HostNode(this, attributes);
            purge();
            known.put(attributes.key(), new WeakReference<>(node));
        }
        return node;
    }

    private void purge() {
        if (known.size() >= room) {
            known.values().removeIf(reference -> reference.get() == null);
            known = new HashMap<>(known);
            room = Math.max(room, 2 * known.size());
        }
    }
}
