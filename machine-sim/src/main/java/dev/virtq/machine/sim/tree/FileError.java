package dev.virtq.machine.sim.tree;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was asked for failed, as a system call of Linux would. */
public final class FileError extends Exception {
    private static final long serialVersionUID = 1L;

    /** What the JDK says when it has no exception of its own for an error: strerror of glibc. */
    private static final Map<String, Errno> WORDS =
            Map.ofEntries(
                    Map.entry("Operation not permitted", Errno.EPERM),
                    Map.entry("Not a directory", Errno.ENOTDIR),
                    Map.entry("Is a directory", Errno.EISDIR),
                    Map.entry("Invalid argument", Errno.EINVAL),
                    Map.entry("Too many open files", Errno.EMFILE),
                    Map.entry("File too large", Errno.EFBIG),
                    Map.entry("No space left on device", Errno.ENOSPC),
                    Map.entry("Read-only file system", Errno.EROFS),
                    Map.entry("Too many links", Errno.EMLINK),
                    Map.entry("Numerical result out of range", Errno.ERANGE),
                    Map.entry("File name too long", Errno.ENAMETOOLONG),
                    Map.entry("Directory not empty", Errno.ENOTEMPTY),
                    Map.entry("No data available", Errno.ENODATA),
                    Map.entry("Operation not supported", Errno.EOPNOTSUPP),
                    Map.entry("Device or resource busy", Errno.EBUSY),
                    Map.entry("Invalid cross-device link", Errno.EXDEV),
                    Map.entry("Bad file descriptor", Errno.EBADF));

    private final Errno errno;

    FileError(Errno errno) {
        super(errno.name(), null, false, false);
        this.errno = errno;
    }

    /**
     * {@return what an operation of the host's file system failed with}
     *
     * @param cause as the JDK tells it
     */
    static FileError of(IOException cause) {
        return switch (cause) {
            case NoSuchFileException _ -> Errno.ENOENT.error();
            case FileAlreadyExistsException _ -> Errno.EEXIST.error();
            case DirectoryNotEmptyException _ -> Errno.ENOTEMPTY.error();
            case NotDirectoryException _ -> Errno.ENOTDIR.error();
            case AccessDeniedException _ -> Errno.EACCES.error();
            case FileSystemException e -> ofWords(e.getReason());
            default -> ofWords(cause.getMessage());
        };
    }

    private static FileError ofWords(@Nullable String words) {
        if (words != null) {
            for (Map.Entry<String, Errno> known : WORDS.entrySet()) {
                if (words.contains(known.getKey())) {
                    return known.getValue().error();
                }
            }
        }
        return Errno.EIO.error();
    }

    /** {@return the error} */
    public Errno errno() {
        return errno;
    }
}
