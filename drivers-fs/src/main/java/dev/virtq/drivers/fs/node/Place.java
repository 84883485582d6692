package dev.virtq.drivers.fs.node;

import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.path.LexicalPath;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a path leads: a directory, a name in it, and what is there. Whoever got it closes it.
 *
 * @param directory the directory; held
 * @param directoryNames the names that lead to it from where the walk began, none of them a link
 * @param name the name there; null when the path ends with the directory itself
 * @param node what is there, held; null when nothing is
 * @param unnamed why what is there cannot be deleted, where the path has no name
 */
public record Place(
        Node directory,
        List<String> directoryNames,
        @Nullable String name,
        @Nullable Node node,
        Errno unnamed)
        implements AutoCloseable {
    /** Lets go of what is held. */
    @Override
    public void close() {
        directory.close();
        if (node != null) {
            node.close();
        }
    }

    /**
     * {@return what is there}
     *
     * @throws RefusedException ENOENT when nothing is
     */
    public Node existing() throws RefusedException {
        if (node == null) {
            throw new RefusedException(Errno.ENOENT);
        }
        return node;
    }

    /**
     * {@return the name, for who wants to take it away or give it to something else}
     *
     * @throws RefusedException EBUSY when the path has none: the root, or one with dots at its end
     */
    public String named() throws RefusedException {
        if (name == null) {
            throw new RefusedException(Errno.EBUSY);
        }
        return name;
    }

    /**
     * {@return the name, for who wants to delete what has it}
     *
     * @throws RefusedException EBUSY, EINVAL or ENOTEMPTY when the path has none, as Linux has it
     */
    public String removable() throws RefusedException {
        existing();
        if (name == null) {
            throw new RefusedException(unnamed);
        }
        return name;
    }

    /**
     * {@return the name, for who wants to make something}
     *
     * @throws RefusedException EEXIST when something is there already
     */
    public String free() throws RefusedException {
        if (name == null || node != null) {
            throw new RefusedException(Errno.EEXIST);
        }
        return name;
    }

    /** {@return the path without links, from where the walk began} */
    public LexicalPath realPath() {
        List<String> names = new ArrayList<>(directoryNames);
        if (name != null) {
            names.add(name);
        }
        return LexicalPath.of(true, names);
    }
}
