package dev.virtq.machine.sim.tree;

import java.util.List;

/**
 * A file of any kind. There is one object for each file, however many names it has.
 *
 * <p>What a file of another kind would do fails with the error that Linux has for it.
 */
public interface TreeNode {
    /**
     * {@return what is known of it}
     *
     * @throws FileError ESTALE when it is not there any more
     */
    Attributes attributes() throws FileError;

    /**
     * Changes what is known of it.
     *
     * @param change what becomes of it
     * @throws FileError when that cannot be
     */
    void change(AttributeChange change) throws FileError;

    /**
     * {@return the file with a name in this directory}
     *
     * @param name the name
     * @throws FileError ENOENT when there is none
     */
    default TreeNode child(FileName name) throws FileError {
        throw Errno.ENOTDIR.error();
    }

    /**
     * Makes a file in this directory.
     *
     * @param name its name
     * @param made what it is
     * @return the file
     * @throws FileError EEXIST when there is one
     */
    default TreeNode make(FileName name, Creation made) throws FileError {
        throw Errno.ENOTDIR.error();
    }

    /**
     * Makes a regular file of this directory's file system that has no name.
     *
     * @param made what it is
     * @return the file, which is there as long as it is open
     * @throws FileError EOPNOTSUPP when the tree has no such files
     */
    default TreeNode makeUnnamed(Creation made) throws FileError {
        throw Errno.EOPNOTSUPP.error();
    }

    /**
     * Gives a file one more name, in this directory.
     *
     * @param name the name
     * @param file the file
     * @throws FileError EEXIST when the name is taken
     */
    default void link(FileName name, TreeNode file) throws FileError {
        throw Errno.ENOTDIR.error();
    }

    /**
     * Takes a name away from this directory.
     *
     * @param name the name, not of a directory
     * @throws FileError EISDIR when it is one
     */
    default void unlink(FileName name) throws FileError {
        throw Errno.ENOTDIR.error();
    }

    /**
     * Removes an empty directory from this one.
     *
     * @param name its name
     * @throws FileError ENOTEMPTY when it is not empty
     */
    default void removeDirectory(FileName name) throws FileError {
        throw Errno.ENOTDIR.error();
    }

    /**
     * Moves what has a name in this directory.
     *
     * @param name the name
     * @param target the directory where it goes
     * @param newName its name there
     * @param how what becomes of what has that name
     * @throws FileError when that cannot be
     */
    default void rename(FileName name, TreeNode target, FileName newName, Renaming how)
            throws FileError {
        throw Errno.ENOTDIR.error();
    }

    /** What becomes of a file that has the new name. */
    enum Renaming {
        /** It is replaced, if that is possible. */
        REPLACE,
        /** It stays, and nothing is moved. */
        NO_REPLACE,
        /** It gets the old name. */
        EXCHANGE
    }

    /**
     * {@return what is in this directory, in a fixed order, without {@code .} and {@code ..}}
     *
     * @throws FileError when it cannot be read
     */
    default List<Entry> entries() throws FileError {
        throw Errno.ENOTDIR.error();
    }

    /**
     * A name in a directory.
     *
     * @param name the name
     * @param inode the number of the file
     * @param type its type, as {@link Mode} has them
     */
    record Entry(FileName name, long inode, int type) {}

    /**
     * {@return where this symbolic link points}
     *
     * @throws FileError EINVAL when it is none
     */
    default byte[] target() throws FileError {
        throw Errno.EINVAL.error();
    }

    /**
     * Opens a regular file.
     *
     * @param read whether it is to be read
     * @param write whether it is to be written
     * @return its bytes
     * @throws FileError when that cannot be
     */
    default OpenBytes open(boolean read, boolean write) throws FileError {
        throw Errno.ENXIO.error();
    }

    /**
     * {@return its extended attributes}
     *
     * @throws FileError EOPNOTSUPP when it can have none
     */
    default ExtendedAttributes extended() throws FileError {
        throw Errno.EOPNOTSUPP.error();
    }
}
