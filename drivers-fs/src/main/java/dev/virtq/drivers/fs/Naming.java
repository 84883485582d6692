package dev.virtq.drivers.fs;

import dev.virtq.drivers.fs.fuse.Errno;
import dev.virtq.drivers.fs.node.ShareErrors;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Gives an error the type and the names that {@code java.nio.file} has for it. */
@FunctionalInterface
interface Naming {
    IOException about(IOException e);

    /** One file. */
    static Naming of(String file) {
        return e -> ShareErrors.about(e, file, null);
    }

    /** One file and another. */
    static Naming of(String file, String other) {
        return e -> ShareErrors.about(e, file, other);
    }

    /** A file that is looked at: behind what is no directory, there is none. */
    static Naming ofSeen(String file) {
        return e ->
                ShareErrors.is(e, Errno.ENOTDIR)
                        ? caused(e, new NoSuchFileException(file))
                        : ShareErrors.about(e, file, null);
    }

    /** A directory that is read. */
    static Naming ofDirectory(String file) {
        return e ->
                ShareErrors.is(e, Errno.ENOTDIR)
                        ? caused(e, new NotDirectoryException(file))
                        : ShareErrors.about(e, file, null);
    }

    private static IOException caused(IOException cause, FileSystemException e) {
        e.initCause(cause);
        return e;
    }

    /**
     * Whose errors those of an operation on two files are.
     *
     * @param first of the way to the first
     * @param second of the way to the second
     * @param both of what is done with them
     * @param looks whether the first has to be there before anything is asked about the second
     */
    record Pair(Naming first, Naming second, Naming both, boolean looks) {
        /** A request that names both. */
        static Pair all(Naming one) {
            return new Pair(one, one, one, false);
        }
    }
}
