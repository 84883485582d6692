package dev.virtq.machine.sim.tree;

import java.time.Instant;

/**
 * What is known of a file.
 *
 * @param inode its number in the tree
 * @param size in bytes
 * @param allocated how many bytes are really kept
 * @param accessed when it was read last
 * @param modified when its contents were changed last
 * @param changed when anything of it was changed last
 * @param born when it was made
 * @param mode type and permissions
 * @param links how many names it has
 * @param owner number of its owner
 * @param group number of its group
 * @param device the number of the device that it stands for
 */
public record Attributes(
        long inode,
        long size,
        long allocated,
        Instant accessed,
        Instant modified,
        Instant changed,
        Instant born,
        int mode,
        int links,
        int owner,
        int group,
        int device) {
    /** {@return its type, as {@link Mode} has them} */
    public int type() {
        return mode & Mode.TYPE;
    }

    /** {@return whether it is a directory} */
    public boolean isDirectory() {
        return type() == Mode.DIRECTORY;
    }

    /**
     * {@return the same, for a file without a name that is still open}
     *
     * @param bytes its size
     */
    Attributes unlinked(long bytes) {
        return new Attributes(
                inode, bytes, bytes, accessed, modified, changed, born, mode, 0, owner, group,
                device);
    }

    /**
     * {@return the same, changed, but for the size}
     *
     * @param change what becomes of it
     */
    Attributes with(AttributeChange change) {
        Integer newMode = change.mode();
        Integer newOwner = change.owner();
        Integer newGroup = change.group();
        Instant newAccessed = change.accessed();
        Instant newModified = change.modified();
        return new Attributes(
                inode,
                size,
                allocated,
                newAccessed == null ? accessed : newAccessed,
                newModified == null ? modified : newModified,
                Instant.now(),
                born,
                newMode == null ? mode : type() | (newMode & Mode.PERMISSIONS),
                links,
                newOwner == null ? owner : newOwner,
                newGroup == null ? group : newGroup,
                device);
    }
}
